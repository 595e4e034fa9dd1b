import { userInfo } from 'node:os'
import { CHECK_DEFAULTS } from '@tidegate/checker'
import { CauseKind, ClientMode, GuardMode, KEY_NOTICE_MS } from '@tidegate/protocol'
import { Command, Option } from 'commander'
import { type AuditFlags, type PruneFlags, pruneAudit, verifyAudit } from './commands/audit.ts'
import { type CheckFlags, check } from './commands/check.ts'
import { advance, approve, extend, reject, revoke } from './commands/decide.ts'
import { listKeys, type RotateFlags, revokeKey, rotateKey } from './commands/keys.ts'
import { holds, status } from './commands/look.ts'
import { pushManifests } from './commands/manifest.ts'
import { migrate } from './commands/migrate.ts'
import { type ModesFlags, modes } from './commands/modes.ts'
import { register } from './commands/register.ts'
import { lift, type SwitchFlags, setSwitch, switches } from './commands/switches.ts'
import { timeline } from './commands/timeline.ts'
import { type CreateTokenFlags, createToken, listTokens, revokeToken } from './commands/token.ts'
import { durationText, percentText } from './core/figures.ts'
import { parseHead } from './core/parse-head.ts'
import {
  parseActor,
  parseCauseId,
  parseDurationMs,
  parseKeyId,
  parseMomentMs,
  parsePositiveDurationMs,
  parseReason,
  parseRoles,
  parseServer,
  parseShare,
  parseSignalId,
  parseStages,
  parseTitle,
  wholeNumber,
} from './core/parse-values.ts'
import { PLAN_DEFAULTS } from './core/release-plan.ts'
import { EXAMPLES } from './core/switch-terms.ts'
import { type ConnectFlags, type Connection, connect } from './edge/connect.ts'
import type { Outcome } from './outcome.ts'

/** Where `npm start` listens when it is not told otherwise. */
const DEFAULT_SERVER = 'http://127.0.0.1:7410'

const EXIT_CODE_HELP = `
Exit codes: 0 done, or nothing in the way · 1 blocked, or denied · 2 could not run · 3 inconclusive`

/** @param finish is given what a command did, and whether it is wanted as JSON */
export function createProgram(finish: (outcome: Outcome, isJson: boolean) => void): Command {
  const program = new Command('tidegate')
    .description('Checks what a migration would tell clients, runs it, and operates the guard.')
    .addHelpText('after', EXIT_CODE_HELP)
    .allowExcessArguments(false)

  const currentUser = userInfo().username

  const local = (name: string, parent = program) =>
    parent.command(name).option('--json', 'print one JSON object and nothing else').addHelpText('after', EXIT_CODE_HELP)
  const remote = (name: string, parent = program) =>
    local(name, parent)
      .addOption(
        new Option('--server <url>', 'the server')
          .env('TIDEGATE_SERVER')
          .default(DEFAULT_SERVER)
          .argParser(parseServer),
      )
      .addOption(new Option('--token <token>', "the operators' token").env('TIDEGATE_TOKEN'))
      .option('--token-file <path>', 'file that holds it')
  const decision = (name: string) =>
    remote(name)
      .argument('[cause]', 'all of its signals', parseCauseId)
      .option('--signal <id>', 'one signal instead of all of a cause', parseSignalId)
      .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)

  /** Runs a command on a connection made from its flags. */
  const over =
    <Flags, Argument>(run: (connection: Connection, argument: Argument, flags: Flags) => Promise<Outcome>) =>
    async (argument: Argument, flags: Flags & ConnectFlags & { json?: true }) =>
      finish(await run(await connect(flags), argument, flags), flags.json === true)
  const overAll =
    <Flags = unknown>(run: (connection: Connection, flags: Flags) => Promise<Outcome>) =>
    async (flags: Flags & ConnectFlags & { json?: true }) =>
      finish(await run(await connect(flags), flags), flags.json === true)

  local('check <file>')
    .description('run a migration in a throw-away database and say what it would tell clients')
    .requiredOption('--schema <file>', 'the schema before the migration, with rows like the real ones')
    .option('--manifest <file>', 'write what it would emit there, one manifest per cause')
    .addOption(
      time('--deadline <time>', 'end it after so long', CHECK_DEFAULTS.deadlineMs).argParser(parsePositiveDurationMs),
    )
    .option(
      '--active-accounts <number>',
      'size of the fleet: 10,000 accounts raise the credit by one',
      wholeNumber(0, 1e12),
      CHECK_DEFAULTS.activeAccountCount,
    )
    .action(async (file: string, flags: CheckFlags & { json?: true }) =>
      finish(await check(file, flags), flags.json === true),
    )

  remote('register')
    .argument('<cause>', 'its name', parseCauseId)
    .description('announce a cause before it proposes')
    .requiredOption('--title <text>', 'what it is, for people', parseTitle)
    .addOption(new Option('--kind <kind>', 'what emits it').choices(CauseKind.options).default('migration'))
    .option('--owner <name>', 'who answers for it', parseActor, currentUser)
    .option('--manifest <file>', 'what `tidegate check --manifest` wrote')
    .option('--from <moment>', 'it emits from then on, as 2023-07-25T11:40Z', parseMomentMs)
    .option('--until <moment>', 'and is over by then; what it proposes outside is held', parseMomentMs)
    .action(over(register))

  const manifest = program.command('manifest').description('what causes declare before they propose')
  remote('push <file>', manifest)
    .description('register the causes of a manifest file, or give them their new manifest, before they propose')
    .option('--title <text>', 'what it is, for people (default: what it was registered as, or the file)', parseTitle)
    .addOption(
      new Option('--kind <kind>', 'what emits it (default: as before, or migration)').choices(CauseKind.options),
    )
    .option('--owner <name>', 'who answers for causes that are new', parseActor, currentUser)
    .option('--from <moment>', 'they emit from then on, as 2023-07-25T11:40Z', parseMomentMs)
    .option('--until <moment>', 'and are over by then; what they propose outside is held', parseMomentMs)
    .action(over(pushManifests))

  remote('migrate <file>')
    .description("run a migration in one transaction on the server's mailbox database")
    .option('--register <manifest>', 'register its causes first')
    .option('--owner <name>', 'who answers for them', parseActor, currentUser)
    .action(over(migrate))

  remote('holds').description('what waits for a decision, and why').action(overAll(holds))
  remote('status').description('modes, resources, causes, running resyncs').action(overAll(status))

  remote('timeline')
    .argument('<cause>', 'its name', parseCauseId)
    .description('what happened, minute by minute, who decided it and why')
    .option('--markdown', 'as Markdown, for a post-mortem')
    .addOption(new Option('--status', 'as a short text for a public status page, without names').conflicts('markdown'))
    .action(over(timeline))

  const audit = program.command('audit').description('the record of decisions: is it what was written?')
  remote('verify', audit)
    .description('read every event and check the hash chain')
    .addOption(new Option('--expect-head <head>', 'a head that an earlier audit printed').argParser(parseHead))
    .action(overAll<AuditFlags>(verifyAudit))
  remote('prune', audit)
    .description('remove the oldest events; what they were is written down')
    .requiredOption('--before <moment>', 'only events from before then, as 2023-07-25T11:40Z', parseMomentMs)
    .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)
    .action(overAll<PruneFlags>(pruneAudit))

  const keys = program.command('keys').description('the keys that answers to clients are signed with')
  remote('list', keys).description('which keys there are, and which of them apps embed').action(overAll(listKeys))
  remote('rotate', keys)
    .description('announce a new key; it takes over by itself, and no client is without an answer')
    .addOption(time('--activate-in <time>', 'until it signs; long enough to ship it in apps is best', KEY_NOTICE_MS))
    .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)
    .action(overAll<RotateFlags>(rotateKey))
  remote('revoke', keys)
    .argument('<key>', 'its id', parseKeyId)
    .description('this key was stolen: clients that know its successors through it alone need a release of the app')
    .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)
    .action(over(revokeKey))

  const token = program.command('token').description('who may do what with this server')
  remote('create', token)
    .description('make a token for a person or a service; it is told once')
    .requiredOption('--name <name>', 'its holder, as decisions are to carry it', parseActor)
    .requiredOption('--roles <roles>', 'such as emitter,author', parseRoles)
    .option('--expires <time>', 'it ends by itself after so long', parsePositiveDurationMs)
    .action(overAll<CreateTokenFlags>(createToken))
  remote('list', token).description('whose tokens there are').action(overAll(listTokens))
  remote('revoke', token)
    .argument('<name>', 'its holder', parseActor)
    .description('end a token')
    .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)
    .action(over(revokeToken))

  decision('approve')
    .description('let the held rest out, stage by stage')
    .addOption(
      new Option('--plan <shares>', 'stages').argParser(parseStages).default(PLAN_DEFAULTS.plan, '1%,10%,50%,100%'),
    )
    .addOption(time('--window <time>', 'clients of a stage fetch within it', PLAN_DEFAULTS.windowMs))
    .addOption(time('--verify-window <time>', 'and compare within it', PLAN_DEFAULTS.verifyWindowMs))
    .option('--bake <time>', "from a stage's start to its gate (default: the window)", parseDurationMs)
    .option('--min-reports <number>', 'a gate needs so many accounts', wholeNumber(1, 1e9), PLAN_DEFAULTS.minReports)
    .addOption(
      new Option('--max-failures <share>', 'and at most so many of them failed')
        .argParser(parseShare)
        .default(PLAN_DEFAULTS.maxFailures, percentText(PLAN_DEFAULTS.maxFailures)),
    )
    .option('--max-declines <share>', 'of accounts: a person declined', parseShare)
    .option(
      '--max-nothing-to-fetch <share>',
      'of accounts: were equal already; many say that the reset is spurious',
      parseShare,
    )
    .option('--max-latency <time>', 'of every resource, as the server is told', parseDurationMs)
    .option('--max-errors <share>', 'of the requests to every resource', parseShare)
    .addOption(
      new Option('--on-stop <what>', 'what a gate that is broken does (default: pause)').choices(['pause', 'revoke']),
    )
    .option(
      '--supersedes <cause>',
      'end what is live of that cause in the same moment; all of it has to be covered',
      parseCauseId,
    )
    .addOption(new Option('--supersedes-signal <id>', 'or one signal').argParser(parseSignalId).conflicts('supersedes'))
    .action(over(approve))
  decision('extend')
    .description('give what is live more time; nothing ever gets shorter')
    .option('--expires <time>', 'it ends so long from now', parsePositiveDurationMs)
    .option(
      '--window <time>',
      'clients of each stage fetch within it: their turns move later or stay',
      parsePositiveDurationMs,
    )
    .action(over(extend))
  decision('advance').description('begin the next stage of a paused release').action(over(advance))
  decision('reject').description('never release the held rest').action(over(reject))
  decision('revoke').description('nobody begins; whoever is under way stops at its next page').action(over(revoke))

  remote('modes')
    .description('switch the guard, or every client in the field')
    .addOption(new Option('--guard <mode>', 'the guard').choices(GuardMode.options))
    .addOption(new Option('--client <mode>', 'the clients').choices(ClientMode.options))
    .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)
    .action(async (flags: ModesFlags & ConnectFlags & { json?: true }) =>
      finish(await modes(await connect(flags), flags), flags.json === true),
    )

  const switching = (verb: keyof typeof EXAMPLES, description: string, words = '') =>
    remote(verb)
      .argument('<words...>', `${words}as in: ${EXAMPLES[verb]}`)
      .description(description)
      .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)
  switching(
    'throttle',
    'slow the resyncs of a class, or those from a resource, down to a share of the rate, for a time',
    'class= or resource= or both, to= and for=, ',
  ).action(over(setSwitch('throttle')))
  switching(
    'pause',
    'nobody begins for a cause, whoever is under way stops at the next page; afterwards it goes on',
  ).action(over(setSwitch('pause')))
  switching('shed', 'take a service off, for a time: everybody is told to come back')
    .requiredOption('--text <text>', 'what people are told', parseReason)
    .action(over(setSwitch('shed')))
  remote('lift')
    .argument('<number>', 'the number that the switch was given', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .description('end a switch before its time')
    .requiredOption('--reason <text>', 'why; it is kept in the ledger', parseReason)
    .action(over<SwitchFlags, number>(lift))
  remote('switches').description('which switches are in force, by whom, why and until when').action(overAll(switches))

  return program
}

/** An option that takes a length of time, its default spelt as people would. */
function time(flags: string, description: string, defaultMs: number): Option {
  return new Option(flags, description).argParser(parseDurationMs).default(defaultMs, durationText(defaultMs))
}
