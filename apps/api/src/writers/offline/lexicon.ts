/** Adjectives that are added before a noun with a determiner; the noun itself stays. */
const ADJECTIVES: readonly { before: string; insert: readonly string[] }[] = [
  {
    before:
      'house houses home cottage castle hotel museum library church school office offices building flat apartment shop ' +
      'store café cafe pub restaurant theatre theater hospital station attic basement kitchen room rooms hall ' +
      'bedroom bathroom corridor studio garage warehouse tower factory graveyard cemetery stairs staircase door doors gate window windows',
    insert: ['haunted', 'creaking', 'candlelit', 'cobwebbed', 'shadowy', 'forsaken', 'draughty', 'boarded-up'],
  },
  {
    before:
      'garden gardens street streets city town village forest forests woods park road roads path bridge river lake sea ' +
      'beach mountain mountains hill hills field fields island valley country land harbour harbor square sky',
    insert: ['fog-bound', 'moonlit', 'haunted', 'forsaken', 'whispering', 'lamplit', 'starless', 'ill-omened'],
  },
  {
    before:
      'computer computers laptop phone printer screen keyboard machine robot server servers database network website app ' +
      'bike bicycle bus train plane boat ship book books letter letters email emails message messages clock lamp chair ' +
      'table desk sofa mirror photo photos picture pictures camera guitar piano violin cup box boxes bag key keys map ' +
      'suitcase umbrella coat hat shoes dress ring ball toy doll radio television tv fridge oven kettle',
    insert: [
      'cursed',
      'possessed',
      'ill-omened',
      'dust-covered',
      'moth-eaten',
      'faintly glowing',
      'accursed',
      'restless',
    ],
  },
  {
    before:
      'man woman men women boy girl stranger strangers neighbour neighbours neighbor neighbors teacher doctor boss ' +
      'colleague colleagues uncle aunt grandmother grandfather grandma grandpa friend friends guest guests visitor ' +
      'driver waiter gardener postman landlord landlady customer customers student students people',
    insert: ['pale', 'sleepless', 'hollow-eyed', 'watchful', 'moonstruck', 'soft-footed', 'somewhat transparent'],
  },
  {
    before:
      'dog dogs cat cats bird birds horse horses rat rats mouse mice spider spiders fish cow cows sheep rabbit rabbits ' +
      'fox foxes owl owls crow crows pig pigs chicken chickens duck ducks goose geese frog frogs bee bees parrot hamster',
    insert: ['spectral', 'red-eyed', 'unblinking', 'ghostly', 'eerily silent', 'three-headed', 'midnight-black'],
  },
  {
    before:
      'coffee tea soup cake bread wine beer dinner lunch breakfast pizza sandwich apple apples cheese chocolate meal ' +
      'stew pie salad cookies biscuits juice milk water sauce recipe porridge pumpkin pumpkins potatoes tomatoes',
    insert: ['bewitched', 'cauldron-brewed', 'faintly glowing', 'grave-cold', 'enchanted', 'suspiciously warm'],
  },
  { before: 'night nights evening evenings', insert: ['moonless', 'starless', 'storm-lashed', 'sleepless'] },
  { before: 'morning mornings afternoon day days', insert: ['sunless', 'grey', 'fog-bound', 'ill-starred'] },
  {
    before: 'week weeks weekend month summer autumn winter spring year',
    insert: ['ill-starred', 'long, haunted', 'sunless'],
  },
  { before: 'rain storm wind snow weather clouds', insert: ['howling', 'unnatural', 'moaning', 'wailing'] },
  { before: 'light lights moon sun star stars shadow shadows', insert: ['pale', 'flickering', 'sickly', 'ghostly'] },
  {
    before:
      'idea ideas plan plans story stories question questions problem problems dream dreams project projects game games ' +
      'song songs film movie test tests feature release deadline trip journey holiday vacation party wedding birthday ' +
      'secret secrets job task tasks lesson class course exam interview report presentation speech meeting meetings ' +
      'list code bug bugs error errors deploy deployment ticket tickets update updates version change changes',
    insert: ['fateful', 'doomed', 'unspeakable', 'unholy', 'cursed', 'half-remembered', 'ghastly', 'blood-curdling'],
  },
];

/** Adjectives for a noun that is in no list but must be one because of its position. */
export const ANY_NOUN: readonly string[] = [
  'haunted',
  'cursed',
  'ghostly',
  'fateful',
  'shadowy',
  'eerie',
  'accursed',
  'unquiet',
  'forsaken',
  'spectral',
  'bewitched',
];

/** Replacements of a word that are correct in any sentence. */
export const SWAPS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    said: 'whispered',
    says: 'whispers',
    laughed: 'cackled',
    laughs: 'cackles',
    laughing: 'cackling',
    screamed: 'shrieked',
    shouted: 'howled',
    shouting: 'howling',
    shouts: 'howls',
    cellar: 'crypt',
    monster: 'nameless horror',
    monsters: 'nameless horrors',
  }),
);

/** Replacements of a noun; only after a determiner, where the word is certain to be a noun. */
export const NOUN_SWAPS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    meeting: 'séance',
    meetings: 'séances',
    team: 'coven',
    teams: 'covens',
    bug: 'gremlin',
    bugs: 'gremlins',
    car: 'hearse',
    cars: 'hearses',
    taxi: 'hearse',
    bed: 'coffin',
    song: 'dirge',
    songs: 'dirges',
    manual: 'grimoire',
    documentation: 'grimoire',
    manager: 'necromancer',
    managers: 'necromancers',
    recipe: 'incantation',
    recipes: 'incantations',
    password: 'incantation',
    passwords: 'incantations',
    committee: 'coven',
  }),
);

/** Adverbs before an adjective that follows a form of `to be` or a similar verb. */
export const INTENSIFIERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    quiet: 'deathly',
    cold: 'deathly',
    tired: 'deathly',
    silent: 'deathly',
    pale: 'deathly',
    happy: 'eerily',
    calm: 'eerily',
    empty: 'eerily',
    familiar: 'eerily',
    beautiful: 'hauntingly',
    lovely: 'hauntingly',
    nice: 'unnervingly',
    friendly: 'unnervingly',
    clean: 'unnervingly',
    dark: 'unnaturally',
    loud: 'unnaturally',
    warm: 'unnaturally',
    bright: 'unnaturally',
    slow: 'agonisingly',
    fast: 'supernaturally',
    quick: 'supernaturally',
    good: 'wickedly',
    great: 'monstrously',
    funny: 'wickedly',
    strange: 'unspeakably',
    weird: 'unspeakably',
    bad: 'unspeakably',
    terrible: 'unspeakably',
    old: 'impossibly',
    big: 'monstrously',
    huge: 'monstrously',
    small: 'unnaturally',
    delicious: 'wickedly',
    hungry: 'monstrously',
    late: 'fatally',
    sad: 'inconsolably',
    broken: 'irrevocably',
    wrong: 'horribly',
    difficult: 'fiendishly',
    hard: 'fiendishly',
    simple: 'deceptively',
    easy: 'deceptively',
    lost: 'hopelessly',
    alone: 'utterly',
    afraid: 'rightly',
  }),
);

/** Additions to a time, between commas. */
export const TIMES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    today: ['under a failing light', 'a day of bad omens'],
    yesterday: ['before the bells stopped', 'when the dead were still quiet'],
    tomorrow: ['should dawn come', 'if the stars allow it'],
    tonight: ['when the veil is thin', 'after the last candle'],
  }),
);

/** Adverbs between a pronoun and its verb. */
export const ADVERBS: readonly string[] = [
  'unwisely',
  'fearfully',
  'warily',
  'silently',
  'foolishly',
  'breathlessly',
  'nervously',
  'grimly',
  'sleeplessly',
];

/** Verbs that a pronoun's adverb fits. Words in -ed also count, except those of STATES. */
export const DEEDS: ReadonlySet<string> = new Set(
  (
    'went came took saw found heard ran sat stood left gave made bought ate drank wrote spoke told met woke drove rode ' +
    'built kept held threw broke brought caught chose drew fell flew hid lay led lit paid rang rose sang sent shook ' +
    'sold spent stole swam taught tore wore began'
  ).split(' '),
);

/** Words in -ed that the adverbs do not fit, or that are not a past tense. */
export const STATES: ReadonlySet<string> = new Set(
  (
    'needed used wanted liked loved hated seemed happened hoped supposed failed died existed belonged owned deserved ' +
    'mattered contained included depended remained expected preferred realised realized turned ended indeed succeed ' +
    'exceed proceed speed bleed breed'
  ).split(' '),
);

export const PRONOUNS: ReadonlySet<string> = new Set(['i', 'we', 'he', 'she', 'they', 'you']);

export const DETERMINERS: ReadonlySet<string> = new Set(
  'the a an my your our his her their its this that these those some every each another no'.split(' '),
);

/** Words that can be between a determiner and its noun while both stay unambiguous. */
export const PLAIN_ADJECTIVES: ReadonlySet<string> = new Set(
  'old new big little small nice long short good bad best first last next whole own young great favourite favorite'.split(
    ' ',
  ),
);

/** Words before an adjective: `was`, `felt`, `so`. */
export const LINKS: ReadonlySet<string> = new Set(
  (
    "is was are were be been am feels felt looks looked seems seemed sounds sounded smells tastes gets got stays stayed so it's i'm " +
    "we're you're they're he's she's that's it’s i’m we’re you’re they’re he’s she’s that’s isn't wasn't"
  ).split(' '),
);

/** Words that come after a noun rather than after another part of its phrase. */
export const AFTER_A_NOUN: ReadonlySet<string> = new Set(
  (
    'of in on at is was are were and or but to with for from that which who has had have will would can could should by ' +
    'because when while until before after as than into over under again too'
  ).split(' '),
);

/** Words in the position of a noun that cannot be haunted. */
export const NOT_A_NOUN: ReadonlySet<string> = new Set(
  (
    'piece pieces number couple pair group amount same best worst rest other others first second third last next most least more less few fewer many only very following ' +
    'latter former one ones latest earliest way ways time times lot bit kind sort type part half end beginning top bottom ' +
    'left right middle point moment thing things something anything everything everyone someone anyone nothing all both ' +
    'own big small old new good bad great long short high low hard easy early late fact case reason sake is was are were ' +
    'be it i you he she we they them him us me there here then now not so and or but if when while because as at by for ' +
    'from in into of on out over to up with than that this these those what which who whose whom how why where'
  ).split(' '),
);

/** Common English words that other languages in Latin letters do not share. */
export const ENGLISH: ReadonlySet<string> = new Set(
  (
    'the and of to is are it that with for you my we this have not on at but they he she his her was were i be from our ' +
    'your there what when how who which would could should'
  ).split(' '),
);

const byNoun = new Map<string, readonly string[]>();
for (const { before, insert } of ADJECTIVES) {
  for (const noun of before.split(' ')) byNoun.set(noun, insert);
}

/** Words that can be added before this noun, by the kind of thing it is. */
export function adjectivesFor(noun: string): readonly string[] | undefined {
  return byNoun.get(noun);
}

/** Every word that this writer adds before others. If one of them is already there, none is added. */
export const SPOOKY_WORDS: ReadonlySet<string> = new Set(
  [
    ...ADJECTIVES.flatMap(({ insert }) => insert),
    ...ANY_NOUN,
    ...ADVERBS,
    ...INTENSIFIERS.values(),
    ...SWAPS.values(),
    ...NOUN_SWAPS.values(),
  ].flatMap((phrase) => phrase.split(/[ ,]+/)),
);
