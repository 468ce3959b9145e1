/** One haunting runs through a whole text: its sentences open the text, appear in between, and close it. */
export interface Haunting {
  /** A sign that needs no language, for texts that are not English. */
  sign: string;
  /** Whole sentences for before the text. */
  openings: readonly [string, ...string[]];
  /** Whole sentences for between two sentences of the text. */
  interludes: readonly [string, ...string[]];
  /** Whole sentences for after the text. */
  closings: readonly [string, ...string[]];
  /** Endings of a title, in lower case and without a full stop. */
  titles: readonly [string, ...string[]];
}

export const HAUNTINGS: readonly [Haunting, ...Haunting[]] = [
  {
    sign: '🌫️',
    openings: [
      'The fog had come in early, and it had come in on foot.',
      'Nobody saw the fog arrive; by the time they looked up, it was already indoors.',
      'This was written on a night when the fog pressed its face against the glass.',
    ],
    interludes: [
      'The fog leaned closer to read along.',
      'Outside, the street lamps went out one by one, as if someone were counting.',
      'Something in the fog cleared its throat.',
      'The fog had reached the third stair by then.',
      'A bell rang somewhere in the white, though there is no bell.',
    ],
    closings: [
      'In the morning the fog was gone, and so was the gate.',
      'Then the fog closed over it all, politely, like a curtain.',
      'When it lifted, there was one more set of footprints than there should have been.',
    ],
    titles: ['as told by the fog', 'and what the fog left behind', 'lost in the fog'],
  },
  {
    sign: '🐦‍⬛',
    openings: [
      'A raven had settled on the windowsill before the first word was written.',
      'The raven brought this at midnight and would not leave without an answer.',
      'It began, as these things do, with a raven that knew everybody by name.',
    ],
    interludes: [
      'The raven on the sill nodded, slowly.',
      'A single black feather drifted down on the page.',
      'The raven repeated the last word, twice.',
      'More of them had gathered on the roof by now.',
      'The raven looked at the door, then at the clock, then at the door.',
    ],
    closings: [
      'When the last word was written, the raven was gone, and the window was still locked.',
      'The raven has kept the original.',
      'Quoth the raven: it could have been worse.',
    ],
    titles: ['as the raven tells it', 'and the raven who knew', 'by order of the raven'],
  },
  {
    sign: '🕰️',
    openings: [
      'The clock in the hall had struck thirteen, and nobody wished to mention it.',
      'All the clocks had stopped, except the one that was buried.',
      'It was a quarter past the witching hour, as it had been for some years.',
    ],
    interludes: [
      'The clock in the hall skipped a beat.',
      'Somewhere below, a pendulum began to swing by itself.',
      'It struck thirteen again, apologetically.',
      'For a moment every second hand in the house pointed at the same chair.',
      'Time passed; then it came back for its coat.',
    ],
    closings: [
      'The clock has not struck since, but it is thinking about it.',
      'And when the hour was finally over, it started again.',
      'It is later than the clock will say.',
    ],
    titles: ['at the thirteenth hour', 'a quarter past midnight', 'when the clock stopped'],
  },
  {
    sign: '🕯️',
    openings: [
      'The candle had burned low, and its flame leaned towards the story.',
      'By the light of the last candle in the house, this is how it went.',
      'The candles lit themselves for this one.',
    ],
    interludes: [
      'The candle flickered, though the air was perfectly still.',
      'Wax ran down in the shape of a small, worried face.',
      'There was one shadow too many on the wall.',
      'Somebody breathed out. The flame bent, and stood up again.',
      'The shadows moved a little closer to hear better.',
    ],
    closings: [
      'Then someone blew out the candle. Everyone had been sitting too far away to do it.',
      'The candle went out. The shadow stayed where it was.',
      'A thin thread of smoke wrote the rest on the ceiling.',
    ],
    titles: ['by candlelight', 'as the candle burned low', 'and one shadow too many'],
  },
  {
    sign: '🚪',
    openings: [
      'Something had been scratching below the floorboards since supper, patiently.',
      'The cellar door was locked when this began; that ought to be remembered.',
      'There are twelve steps down to the cellar, and on some nights there are thirteen.',
    ],
    interludes: [
      'Down in the cellar, something turned over in its sleep.',
      'Three slow knocks came from below.',
      'The floorboards agreed, one after the other.',
      'The cellar door was open now, but only by a hand.',
      'Whatever lived below had stopped scratching, in order to listen.',
    ],
    closings: [
      'The cellar door is closed again. It was closed from the inside.',
      'Below the floor, something sighed and turned the page.',
      'The scratching has not come back; now it is writing.',
    ],
    titles: ['and what lives in the cellar', 'as heard through the floorboards', 'thirteen steps down'],
  },
  {
    sign: '🌕',
    openings: [
      'The moon rose full that night, and a good deal too close.',
      'Far off in the hills they had begun to howl, and for once they were in tune.',
      'Everybody knew better than to set this down under a full moon.',
    ],
    interludes: [
      'In the hills, something howled, and something nearer answered.',
      'A cloud crossed the moon and came out on the other side with teeth.',
      'The dogs in the lane fell silent, all at once.',
      'Moonlight lay on the floor like spilt milk, and something was lapping at it.',
      'There were paw prints on the ceiling by then.',
    ],
    closings: [
      'By dawn there was nothing left but paw prints, and they only led in.',
      'The moon set, reluctantly; it would have liked to know how it ends.',
      'If you hear howling tonight, it is only the applause.',
    ],
    titles: ['under a full moon', 'to be read while they howl', 'on the night of the wolf'],
  },
  {
    sign: '🪞',
    openings: [
      'The mirror in the hall was a little slow that evening.',
      'Somebody had covered the mirrors, and somebody else had uncovered one.',
      'It was the reflection that noticed first.',
    ],
    interludes: [
      'In the mirror, nobody moved.',
      'The mirror misted over, and a finger wrote: go on.',
      'One of the reflections left the room early.',
      'The mirror showed the same room, with the chairs drawn closer together.',
      'The reflection smiled first.',
    ],
    closings: [
      'The mirror hangs there still; it has learnt to blink.',
      'Only the reflection waved goodbye.',
      'Afterwards they counted everyone twice, once on each side of the glass.',
    ],
    titles: ['as seen in the mirror', 'and who was behind the glass', 'in a mirror, darkly'],
  },
  {
    sign: '🕸️',
    openings: [
      'The spiders had finished their work by dusk, and the whole house was tied together.',
      'In the corner, behind eight patient eyes, it had all been foreseen.',
      'Pull one thread in this house and a bell rings upstairs.',
    ],
    interludes: [
      'In the corner, a spider took notes.',
      'A thread tightened somewhere; somewhere else, a door swung open.',
      'Something with too many legs hurried along the wall and seemed embarrassed about it.',
      'The web trembled at every word.',
      'Eight eyes blinked, but not at the same time.',
    ],
    closings: [
      'The web holds all of it now, neatly wrapped, for later.',
      'The spiders have heard the whole story, and they have started to mend it.',
      'Nobody left that evening; it was only that the doors felt a little sticky.',
    ],
    titles: ['caught in the web', 'as the spiders wove it', 'and eight patient eyes'],
  },
];

/** Sentences for after a question. */
export const REPLIES: readonly string[] = [
  'Nobody answered, and yet there was an answer.',
  'The Ouija board moved on its own: perhaps.',
  'The portrait above the mantelpiece knew, but it was sworn to silence.',
  'From the attic came something that might have been a yes.',
  'The question hung in the air, and turned slowly.',
];

/** Sentences for after an exclamation. */
export const ECHOES: readonly string[] = [
  'The chandelier shivered.',
  'An echo came back, in a different voice.',
  'All the crows left the roof at once.',
  'Thunder agreed, from quite near.',
  'Three doors slammed in approval.',
];

/** Every sentence that this writer adds. */
export const OWN_SENTENCES: readonly string[] = [
  ...HAUNTINGS.flatMap(({ openings, interludes, closings }) => [...openings, ...interludes, ...closings]),
  ...REPLIES,
  ...ECHOES,
];
