import type { Address } from '../mailbox/message.ts'

/** What the seeded mailbox is written with: invented people, senders and sentences. `{…}` are filled in when a mail is made. */

export const PEOPLE: readonly Address[] = [
  'Anna Keller',
  'Bruno Tavares',
  'Chiara Moretti',
  'Daniel Okafor',
  'Elif Demir',
  'Farid Haddad',
  'Greta Lindholm',
  'Hugo Marchand',
  'Ines Carvalho',
  'Jonas Weber',
  'Katarzyna Nowak',
  'Liam Byrne',
  'Mei Tanaka',
  'Nadia Rossi',
  'Oskar Hansen',
  'Priya Raman',
  'Rosa Jiménez',
  'Stefan Müller',
  'Tomás Herrera',
  'Yusuf Aydın',
].map((name) => ({
  name,
  address: `${asciiName(name)}@${name.length % 2 === 0 ? 'alpenpost.example' : 'harbor.example'}`,
}))

/** What people write to each other about: subjects, and sentences that go with them in any order. */
export const TOPICS = [
  {
    subjects: [
      'Minutes from {day}',
      'Roadmap for the autumn release',
      'Question about the {city} rollout',
      'Review before {day}?',
    ],
    sentences: [
      'I went through the plan again and I think we can move the second step forward by a week.',
      'Support says the number of tickets has gone down since the last release, which is good news.',
      'Could you look at the numbers in the second table before {day}?',
      'The {city} office would like to join the call; {person} will send the invitation.',
      'We agreed to keep the old import running until everyone has moved.',
      'My only worry is the dependency on the billing team, they are short of people until the end of the month.',
      'I have put the open points at the top of the document so that nobody has to search for them.',
      'If there is no objection by {day} I will take that as a yes.',
      '{person} offered to write the summary for the newsletter.',
      'Let us not decide this by mail; ten minutes in front of the whiteboard should be enough.',
    ],
  },
  {
    subjects: ['Weekend in {city}', 'Train tickets', 'Hotel for {day}', 'Who brings the tent?'],
    sentences: [
      'The direct train leaves at 8:32 and takes a little under four hours.',
      'I found a small hotel near the old town in {city}, breakfast included, and they keep the room until {day}.',
      'If the weather holds we could walk along the lake and take the boat back.',
      '{person} has been there before and says the museum is worth the queue.',
      'I have paid for the tickets, you can give me your share when we meet.',
      'Do not forget your passport this time.',
      'There is a bakery around the corner that opens at six, in case we have to leave early.',
      'Tell me by {day} whether you would rather share a room.',
      'I will bring the stove and the big pot, the tent is still at {person}’s place.',
    ],
  },
  {
    subjects: ['The kitchen', 'Estimate for the roof', 'Keys for {day}', 'Heating again'],
    sentences: [
      'The electrician can come on {day} between nine and eleven, somebody has to be there to let him in.',
      'The estimate is higher than I expected, mostly because of the scaffolding.',
      'I have asked a second company in {city} for a price so that we can compare.',
      'The pressure was at 0.8 bar this morning; I refilled it to 1.6 and it has held so far.',
      '{person} next door has the spare keys.',
      'The tiles we liked are no longer made, but there is a very similar one in a slightly warmer grey.',
      'Please do not sign anything before we have talked about the windows.',
      'They need the measurements again, the last ones were taken before the floor was raised.',
    ],
  },
  {
    subjects: ['Sunday lunch', 'Photos from {city}', 'Grandmother’s birthday', 'School concert on {day}'],
    sentences: [
      'Everybody is well here, and the garden is finally looking like something.',
      'We thought we would eat at one, but come whenever you like.',
      'I have attached the best of the photos; the one on the bridge is my favourite.',
      'The children have been practising for weeks, so please be impressed.',
      '{person} is bringing dessert, so do not bake anything.',
      'She says she does not want presents, which as you know means a small one.',
      'Could you pick up {person} from the station on your way?',
      'The concert begins at half past six; seats cannot be reserved, so be early.',
      'Your old room has become a study, but the sofa folds out.',
    ],
  },
  {
    subjects: ['Invoice {number}', 'Contract, second draft', 'Reminder: expenses for {month}', 'Tax documents'],
    sentences: [
      'Please find the invoice attached; payment within thirty days as usual.',
      'I changed paragraph four as discussed and left the old wording in the margin.',
      'We still need the receipt for the hotel in {city}.',
      'The amount differs from the order by the cost of shipping, which we had agreed to cover.',
      'Could you send me a copy with a signature on the last page?',
      'Accounting closes the books for {month} on {day}.',
      'The bank details have not changed since last year; if a mail ever says otherwise, please call me.',
      '{person} will countersign as soon as it is complete.',
    ],
  },
] as const

/** Machines that write: shops, carriers, banks. */
export const NOTIFIERS = [
  {
    name: 'Kornhaus Books',
    address: 'orders@kornhaus.example',
    subjects: ['Your order {number} is on its way', 'Thank you for your order {number}'],
  },
  {
    name: 'Parcelway',
    address: 'noreply@parcelway.example',
    subjects: ['Your parcel arrives on {day}', 'We missed you: parcel {number}'],
  },
  {
    name: 'Lakeside Bank',
    address: 'service@lakeside-bank.example',
    subjects: ['Your statement for {month} is ready', 'New sign-in from {city}'],
  },
  {
    name: 'Railcard',
    address: 'tickets@railcard.example',
    subjects: ['Your ticket to {city}', 'Platform change on {day}'],
  },
  {
    name: 'Codeharbor',
    address: 'notifications@codeharbor.example',
    subjects: ['[tide] Build {number} passed', '[tide] {person} asked for your review', '[tide] Build {number} failed'],
  },
  {
    name: 'Calendar',
    address: 'calendar@alpenpost.example',
    subjects: ['Invitation: planning, {day} 10:00', 'Accepted: lunch with {person}'],
  },
] as const

export const NOTIFICATION_SENTENCES = [
  'This message was sent automatically; replies are not read.',
  'You can see the details in your account at any time.',
  'Reference {number}.',
  'If this was not you, change your password and tell us.',
  'Expected on {day} between 9:00 and 12:00.',
  'Your pick-up point in {city} is open until 19:00.',
] as const

export const NEWSLETTERS = [
  {
    name: 'The Slow Traveller',
    address: 'letter@slowtraveller.example',
    subjects: ['Three days in {city}', 'Night trains are back', 'Where to eat in {city}'],
  },
  {
    name: 'Protocol Weekly',
    address: 'weekly@protocols.example',
    subjects: [
      'Issue {number}: caches, again',
      'Issue {number}: the retry storm',
      'Issue {number}: what a cursor knows',
    ],
  },
  {
    name: 'Garden & Ladle',
    address: 'hello@gardenladle.example',
    subjects: ['What to plant in {month}', 'Soup for a cold {day}', 'Preserving the last tomatoes'],
  },
  {
    name: 'Kornhaus Books',
    address: 'news@kornhaus.example',
    subjects: ['New this {month}', 'Staff picks from {city}'],
  },
] as const

export const ARTICLE_SENTENCES = [
  'The best hour is the first one after the shops open, when the square still belongs to the people who live there.',
  'What looked like a capacity problem turned out to be a synchronisation problem: everybody came back at the same second.',
  'Sow thinly, water from below, and resist the temptation to move the pots into the sun too early.',
  'A reader from {city} writes that the late service has been running since {month}, and that the dining car is worth the fare alone.',
  'The fix was not a larger machine but a smaller question.',
  'Take the stairs behind the church; they are steep, and nobody else does.',
  'The second edition adds a chapter on recovery, which is the reason to buy it even if you own the first.',
  'Half of the nodes shared the same mistake, so redundancy made no difference.',
  'Let it rest overnight, then warm it slowly; it never tastes as good on the first day.',
  'There are nine tables, no menu, and a waiter who has opinions about your shoes.',
  'An answer that says when it was true is worth more than a faster one that does not.',
  'By {day} the leaves will have turned, and the path along the river is at its best.',
] as const

export const CITIES = [
  'Lisbon',
  'Gdańsk',
  'Lucerne',
  'Bergen',
  'Bologna',
  'Ghent',
  'Porto',
  'Graz',
  'Utrecht',
  'Málaga',
] as const
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
export const MONTHS = ['January', 'March', 'April', 'June', 'August', 'September', 'October', 'November'] as const
export const GREETINGS = ['Hi', 'Hello', 'Dear', 'Good morning'] as const
export const CLOSINGS = ['Best', 'Kind regards', 'See you soon', 'Thanks', 'Until then'] as const

export const ATTACHMENTS = [
  { name: 'Estimate.pdf', type: 'application/pdf' },
  { name: 'Minutes.docx', type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' },
  { name: 'Invoice {number}.pdf', type: 'application/pdf' },
  { name: 'Figures {month}.xlsx', type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' },
  { name: 'IMG_{number}.jpg', type: 'image/jpeg' },
  { name: 'Contract.pdf', type: 'application/pdf' },
] as const

function asciiName(name: string): string {
  return name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ı', 'i').replaceAll(' ', '.')
}
