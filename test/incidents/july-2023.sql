-- 25 July 2023, as it could have been: preparing a new feature, a migration rewrites every row. What clients store stays
-- the same; only revisions move. Its author takes "every row was rewritten" for "every client is out of date", and tells
-- all of them to drop what they hold.
UPDATE mailbox.message SET folder = folder;
UPDATE mailbox.body SET payload = payload;

SELECT tidegate.propose(
  cause      => 'labels-2023-07',
  accounts   => ARRAY(SELECT account_id FROM mailbox.account),
  reason     => 'Messages were rewritten for the new labels',
  expires_in => interval '7 days'
);
