import { CollectionName } from '@tidegate/protocol'

/** What a message list shows: small, and changed with every flag and move. */
export const MESSAGES = CollectionName.parse('messages')

/** Text, HTML and attachment names: heavy and immutable, so that a reset of `messages` never touches them. */
export const BODIES = CollectionName.parse('bodies')
