import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import { raceContract } from '../testing/race-contract.ts'

onEveryDatabase({ describe, beforeAll, afterAll }, 'Ledger races', 'ledger-tables', (openDatabase) =>
  raceContract({ test, expect }, openDatabase),
)
