-- What makes format 5 out of format 4: backfills are on record, with the partitions that they are to run as ranges, and those
-- that they have begun one by one.

CREATE TABLE backfills (
    backfill INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    chain TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    picked TEXT NOT NULL,
    reverse INTEGER NOT NULL,
    jobs INTEGER NOT NULL,
    partitions INTEGER NOT NULL,
    request TEXT NOT NULL,
    began TEXT NOT NULL,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    sittings INTEGER NOT NULL,
    stop_asked TEXT,
    ended TEXT,
    ending TEXT
) STRICT;
CREATE INDEX backfills_by_short_id ON backfills (substr(id, -8));

CREATE TABLE backfill_ranges (
    backfill INTEGER NOT NULL REFERENCES backfills ON DELETE CASCADE,
    position INTEGER NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    partitions INTEGER NOT NULL,
    PRIMARY KEY (backfill, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE backfill_partitions (
    backfill INTEGER NOT NULL REFERENCES backfills ON DELETE CASCADE,
    partition TEXT NOT NULL,
    run TEXT,
    began TEXT NOT NULL,
    ended TEXT,
    ending TEXT,
    messages TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (backfill, partition)
) STRICT, WITHOUT ROWID;
CREATE INDEX backfill_partitions_by_ending ON backfill_partitions (backfill, ending);

ALTER TABLE runs ADD COLUMN backfill TEXT;
CREATE INDEX runs_by_backfill ON runs (backfill) WHERE backfill IS NOT NULL;

CREATE VIEW backfilled AS
SELECT
    id,
    chain,
    first,
    last,
    picked,
    began,
    ended,
    ending,
    partitions,
    (SELECT count(*) FROM backfill_partitions AS p WHERE p.backfill = b.backfill AND p.ending = 'done') AS done,
    (SELECT count(*) FROM backfill_partitions AS p WHERE p.backfill = b.backfill AND p.ending = 'failed') AS failed,
    partitions - (SELECT count(*) FROM backfill_partitions AS p WHERE p.backfill = b.backfill) AS not_begun
FROM backfills AS b
ORDER BY backfill DESC;
