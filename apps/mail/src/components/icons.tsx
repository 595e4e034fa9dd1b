import type { ReactNode } from 'react'

interface IconProps {
  /** Said to people who do not see it; empty when words stand beside it. */
  readonly label?: string
}

function Icon({ label = '', children }: IconProps & { readonly children: ReactNode }) {
  return (
    <>
      <svg className="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        {children}
      </svg>
      {label !== '' && <span className="hidden">{label}</span>}
    </>
  )
}

export function FlagIcon({ isFilled = false, label = '' }: IconProps & { readonly isFilled?: boolean }) {
  return (
    <Icon label={label}>
      <path
        d="M5 17V3.5h9.5l-2 3.5 2 3.5H5"
        fill={isFilled ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
    </Icon>
  )
}

export function ClipIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path
        d="M14.5 9.5l-5 5a3 3 0 01-4.3-4.3l6-6a2 2 0 012.9 2.9l-5.7 5.6a1 1 0 01-1.4-1.4l4.8-4.8"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
      />
    </Icon>
  )
}

export function ReplyIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M8 5L3.5 9.5 8 14M4 9.5h7c3.5 0 5.5 2 5.5 5.5" {...stroke} />
    </Icon>
  )
}

export function ArchiveIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M3 4h14v3.5H3zM4.5 7.5V16h11V7.5M8 10.5h4" {...stroke} />
    </Icon>
  )
}

export function TrashIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.8 11h7.4l.8-11M8.5 8.5v5M11.5 8.5v5" {...stroke} />
    </Icon>
  )
}

export function FolderIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M3 5h5l1.5 2H17v9H3z" {...stroke} />
    </Icon>
  )
}

export function UnreadIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M3 5h14v10.5H3zM3 5.5l7 5.5 7-5.5" {...stroke} />
    </Icon>
  )
}

export function PenIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M4 16l.8-3.5L13.5 4 16 6.5 7.5 15zM11.8 5.7l2.5 2.5" {...stroke} />
    </Icon>
  )
}

export function BackIcon(props: IconProps) {
  return (
    <Icon {...props}>
      <path d="M12 4.5L6.5 10l5.5 5.5" {...stroke} />
    </Icon>
  )
}

export function ChevronIcon({ isUp, label = '' }: IconProps & { readonly isUp: boolean }) {
  return (
    <Icon label={label}>
      <path d={isUp ? 'M5 12.5L10 7.5l5 5' : 'M5 7.5l5 5 5-5'} {...stroke} />
    </Icon>
  )
}

const stroke = {
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 1.5,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const
