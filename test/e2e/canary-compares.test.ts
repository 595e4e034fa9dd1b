import { CauseId, InForceAnswer, SignedInForceAnswer } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { answerBytes, guardCallsOf, requestBytes } from './support/guard-calls.ts'
import { COLLECTIONS, MAIL_COUNT, maildir, openMailScene, panelText, untilPanel } from './support/mail-scene.ts'
import { readMailboxRows, withDatabase } from './support/mailbox-rows.ts'
import { measured } from './support/measured.ts'
import { julyMigration, migrated } from './support/migrate.ts'

const CAUSE = CauseId.parse('labels-2023-07')
const REQUEST_BYTES = 400
const ANSWER_BYTES = 1_200

test.skipIf(maildir === undefined)(
  'a canary in Chromium answers the July migration with one small question and downloads nothing, although every revision moved (J4; TIDEGATE_TEST_MAILDIR)',
  async () => {
    await using scene = await openMailScene()
    const { dataDir, page, context, tap, server, operator, owner } = scene
    const { accountId } = owner
    const before = await page.evaluate((id) => mailObserver.list(id, 'messages'), accountId)
    expect(before).toHaveLength(MAIL_COUNT)

    await context.setOffline(true)
    await page.waitForFunction(() => !navigator.onLine)
    await operator.registerCause.mutate({
      causeId: CAUSE,
      kind: 'migration',
      title: 'Labels: rewrite messages',
      owner: 'mail-storage',
    })
    // Canaries are spread over the resources, in turns: of an audience in which nobody else lives on the owner's shard,
    // the owner is always one. Otherwise 20 of 5,001 are drawn, and the owner would be among them once in 250 runs.
    const audience = `ARRAY(SELECT account_id FROM mailbox.account WHERE account_id = '${accountId}' OR resource_id <>
      (SELECT resource_id FROM mailbox.account WHERE account_id = '${accountId}'))`
    const migration = await migrated(
      server.url,
      julyMigration({ 'ARRAY(SELECT account_id FROM mailbox.account)': audience }),
    )
    const [signal] = migration.signals ?? []
    expect(signal).toMatchObject({
      causeId: CAUSE,
      state: 'held',
      audienceAccountCount: 3_751,
      inForceAccountCount: 20,
    })

    const from = tap.seen.length
    await context.setOffline(false)
    await untilPanel(page, { state: 'current', outcome: 'consistent' })
    const reported = await eventually('the report at the server', async () => {
      const { causes } = await operator.status.query({})
      const reports = causes.find(({ cause }) => cause.causeId === CAUSE)?.signals[0]?.reports
      return reports?.consistent === 1 ? reports : null
    })
    expect(reported).toEqual({ begun: 0, consistent: 1, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 })

    const requests = tap.seen.slice(from)
    const calls = guardCallsOf(requests)
    expect(calls.filter(({ name }) => ['fetch', 'list', 'requestLease', 'digests'].includes(name))).toEqual([])
    expect(requests.filter(({ responseBody }) => responseBody.includes('"items":'))).toEqual([])
    const questions = calls.filter(({ name }) => name === 'inForce')
    expect(questions).toHaveLength(1)
    const [question] = questions
    if (question === undefined) throw new Error('the page did not ask')
    expect(requestBytes(question.seen)).toBeLessThanOrEqual(REQUEST_BYTES)
    expect(answerBytes(question.seen)).toBeLessThanOrEqual(ANSWER_BYTES)
    const { payload, signature } = SignedInForceAnswer.parse(question.output)
    expect(signature).toHaveLength(86)
    expect(
      InForceAnswer.parse(JSON.parse(payload))
        .digests.map(({ collection }) => collection)
        .sort(),
    ).toEqual([...COLLECTIONS].sort())

    expect(await panelText(page)).toContain(`${MAIL_COUNT} of ${MAIL_COUNT} mails proven equal`)
    const after = await page.evaluate((id) => mailObserver.list(id, 'messages'), accountId)
    const payloadOf = (items: typeof before) => new Map(items.map(({ id, payload }) => [id, payload]))
    expect(payloadOf(after)).toEqual(payloadOf(before))
    for (const collection of COLLECTIONS) {
      expect(
        await page.evaluate(([id, name]) => mailObserver.areDigestsTrue(id, name), [accountId, collection] as const),
      ).toBe(true)
    }
    const result = (await page.evaluate(() => mailObserver.progress())).at(-1)?.result
    expect(result).toMatchObject({ outcome: 'consistent', proofRounds: 0, bytes: 0, itemCount: 0 })

    await server.stop()
    const rows = await withDatabase(dataDir, readMailboxRows)
    const unmoved = before.filter(
      ({ id, revision }) => rows.get(`message/${accountId}/${id}`)?.revision !== revision + 1,
    )
    expect(unmoved).toEqual([])

    const others = calls.filter(({ name }) => name !== 'inForce')
    measured(
      `a canary's whole exchange: request ${requestBytes(question.seen)} B (line and body), answer ${answerBytes(question.seen)} B (signature and envelope), payloads 0 B, of a mailbox of ${before.length} mails`,
    )
    measured(`beside it, the app's own: ${others.map(({ name, seen }) => `${name} ${answerBytes(seen)} B`).join(', ')}`)
  },
)
