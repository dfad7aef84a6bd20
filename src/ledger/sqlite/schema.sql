-- The ledger, format 7. Explained in docs/state.md. Changes of it are migrations, in file.rs.

CREATE TABLE task_lists (
    task_list INTEGER PRIMARY KEY,
    digest BLOB UNIQUE, -- empty for one that an earlier format wrote
    steps INTEGER NOT NULL,
    tasks TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
    run INTEGER PRIMARY KEY, -- a number within this file; runs are in the order they began
    id TEXT NOT NULL UNIQUE,
    chain TEXT NOT NULL,
    partition TEXT NOT NULL,
    began TEXT NOT NULL,
    published TEXT,
    ended TEXT,
    ending TEXT,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    request TEXT NOT NULL,
    resumes TEXT,
    task_list INTEGER NOT NULL,
    first_step INTEGER NOT NULL, -- the number of the step of its first task; the others follow
    backfill TEXT -- the id of the one that it is part of
) STRICT;
CREATE INDEX runs_by_tasks ON runs (task_list);
CREATE INDEX runs_by_short_id ON runs (substr(id, -8));
-- It tells of which backfills no run is left when runs are forgotten.
CREATE INDEX runs_by_backfill ON runs (backfill) WHERE backfill IS NOT NULL;

CREATE TABLE codes (
    code INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE condition_sets (
    condition_set INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE conditions (
    condition_set INTEGER NOT NULL REFERENCES condition_sets ON DELETE CASCADE,
    part TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (condition_set, part, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE column_sets (
    column_set INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE columns (
    column_set INTEGER NOT NULL REFERENCES column_sets ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    PRIMARY KEY (column_set, position)
) STRICT, WITHOUT ROWID;

-- What the columns of tables are made of. Each column has a row for each column that it is made of, or one that says that
-- this is not known, or that it is made of none.
CREATE TABLE lineages (
    lineage INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE origins (
    lineage INTEGER NOT NULL REFERENCES lineages ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT, -- the column; empty for what decides the rows
    how TEXT NOT NULL,
    from_model TEXT, -- these two are empty for `unknown` and `nothing`
    from_column TEXT,
    PRIMARY KEY (lineage, position)
) STRICT, WITHOUT ROWID;

-- A step of which nothing is known but that it waits has no row.
CREATE TABLE steps (
    step INTEGER PRIMARY KEY, -- a number within this file; the steps of a run are in the order they are planned
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    task TEXT NOT NULL,
    state TEXT NOT NULL,
    started TEXT,
    ended TEXT,
    elapsed_us INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT '',
    reused TEXT,
    rows_in INTEGER,
    rows_out INTEGER,
    peak_memory_bytes INTEGER,
    failure_class TEXT,
    failure_messages TEXT,
    blamed TEXT,
    code INTEGER,
    condition_set INTEGER,
    source_files INTEGER,
    UNIQUE (run, task)
) STRICT;
-- States are counted by it, without a look at the steps.
CREATE INDEX steps_by_state ON steps (run, state);
-- These two, and versions_by_columns, tell what nobody refers to any more when runs are forgotten.
CREATE INDEX steps_by_code ON steps (code) WHERE code IS NOT NULL;
CREATE INDEX steps_by_conditions ON steps (condition_set) WHERE condition_set IS NOT NULL;

CREATE TABLE attempts (
    step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    state TEXT NOT NULL,
    elapsed_us INTEGER NOT NULL DEFAULT 0,
    failure_class TEXT,
    failure_messages TEXT,
    PRIMARY KEY (step, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE reads (
    step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model TEXT NOT NULL,
    version TEXT,
    digest BLOB NOT NULL,
    PRIMARY KEY (step, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE checks (
    step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    passed INTEGER NOT NULL,
    failing_rows INTEGER,
    measured REAL,
    least REAL,
    most REAL,
    message TEXT,
    PRIMARY KEY (step, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE inputs (
    step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    model TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (step, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_files (
    step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, -- 64 bits, taken as a signed number
    settled INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (step, position)
) STRICT, WITHOUT ROWID;

-- Up to where a step read a table of a database that is read from where it was read before.
CREATE TABLE source_marks (
    step INTEGER PRIMARY KEY REFERENCES steps ON DELETE CASCADE,
    source_table TEXT NOT NULL,
    source_column TEXT NOT NULL,
    mark ANY NOT NULL, -- the greatest value of that column, as the database holds it
    columns BLOB NOT NULL, -- a digest of the names of the columns that were read
    rows BLOB NOT NULL, -- for each row that has the greatest value 16 bytes of its digest, in order
    bytes INTEGER NOT NULL, -- what the file of the database was like
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, -- 64 bits, taken as a signed number
    settled INTEGER NOT NULL,
    digest BLOB NOT NULL -- of the rows that were new
) STRICT;

CREATE TABLE versions (
    step INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    position INTEGER NOT NULL,
    run INTEGER NOT NULL, -- that of the step
    model TEXT NOT NULL,
    at TEXT NOT NULL,
    digest BLOB NOT NULL,
    rows INTEGER,
    bytes INTEGER NOT NULL,
    column_set INTEGER NOT NULL,
    file_extension TEXT,
    file_bytes INTEGER,
    file_modified_ns INTEGER,
    file_inode INTEGER, -- 64 bits, taken as a signed number
    file_digest BLOB,
    lineage INTEGER,
    PRIMARY KEY (step, position),
    UNIQUE (model, run)
) STRICT, WITHOUT ROWID;

CREATE INDEX versions_by_columns ON versions (column_set);
CREATE INDEX versions_by_lineage ON versions (lineage) WHERE lineage IS NOT NULL;

-- Two small tables that answer what the next run asks, without a look at the past. What they name is needed.
CREATE TABLE latest (
    partition TEXT NOT NULL,
    task TEXT NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (partition, task)
) STRICT, WITHOUT ROWID;

CREATE TABLE published (
    partition TEXT NOT NULL,
    model TEXT NOT NULL,
    task TEXT NOT NULL,
    step INTEGER NOT NULL REFERENCES steps,
    at TEXT NOT NULL,
    PRIMARY KEY (partition, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX published_by_task ON published (partition, task);
CREATE INDEX published_by_step ON published (step);
-- It answers by itself in which partitions a model is published, and since when.
CREATE INDEX published_by_model ON published (model, partition, at);

-- The files of sources whose rows were ever published, so that each can be read once. They outlive the runs.
CREATE TABLE taken_files (
    partition TEXT NOT NULL,
    model TEXT NOT NULL,
    digest BLOB NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, -- 64 bits, taken as a signed number
    settled INTEGER NOT NULL,
    PRIMARY KEY (partition, model, digest)
) STRICT, WITHOUT ROWID;

-- Up to where tables of databases were read and published. They outlive the runs.
CREATE TABLE watermarks (
    partition TEXT NOT NULL,
    model TEXT NOT NULL,
    step INTEGER NOT NULL, -- that which read so far, which may be forgotten; all else as it is in source_marks
    source_table TEXT NOT NULL,
    source_column TEXT NOT NULL,
    mark ANY NOT NULL,
    columns BLOB NOT NULL,
    rows BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (partition, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE backfills (
    backfill INTEGER PRIMARY KEY, -- a number within this file; backfills are in the order they began
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
    sittings INTEGER NOT NULL, -- how many processes have worked on it, one after another
    stop_asked TEXT,
    ended TEXT,
    ending TEXT
) STRICT;
CREATE INDEX backfills_by_short_id ON backfills (substr(id, -8));

-- What is to be run, never partition by partition.
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
    run TEXT, -- the id of its last run, which may be forgotten; empty where none came to begin
    began TEXT NOT NULL,
    ended TEXT,
    ending TEXT,
    messages TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (backfill, partition)
) STRICT, WITHOUT ROWID;
CREATE INDEX backfill_partitions_by_ending ON backfill_partitions (backfill, ending);

-- For people.
CREATE VIEW history AS
SELECT
    id,
    chain,
    partition,
    began,
    ended,
    ending,
    published,
    round((julianday(ended) - julianday(began)) * 86400, 3) AS seconds,
    (SELECT steps FROM task_lists WHERE task_lists.task_list = runs.task_list) AS steps,
    (SELECT count(*) FROM steps WHERE steps.run = runs.run AND state = 'done') AS done,
    (SELECT count(*) FROM steps WHERE steps.run = runs.run AND state = 'reused') AS reused,
    (SELECT count(*) FROM steps WHERE steps.run = runs.run AND state IN ('failed', 'timed_out')) AS failed
FROM runs
ORDER BY run DESC;

CREATE VIEW made AS
SELECT
    runs.id AS id,
    runs.partition AS partition,
    steps.task AS task,
    versions.model AS model,
    versions.at AS at,
    versions.rows AS rows,
    versions.bytes AS bytes,
    versions.file_bytes AS file_bytes,
    lower(hex(versions.digest)) AS digest
FROM versions JOIN steps USING (step) JOIN runs ON runs.run = steps.run;

CREATE VIEW current AS
SELECT
    published.partition AS partition,
    published.model AS model,
    runs.id AS id,
    published.task AS task,
    published.at AS published,
    versions.rows AS rows,
    versions.bytes AS bytes,
    lower(hex(versions.digest)) AS digest
FROM published
JOIN steps USING (step)
JOIN runs ON runs.run = steps.run
JOIN versions ON versions.step = published.step AND versions.model = published.model;

CREATE VIEW fingerprints AS
SELECT runs.id AS id, steps.task AS task, parts.part AS part, parts.name AS name, parts.value AS value
FROM (
    SELECT step, 'code' AS part, kind AS name, lower(hex(digest)) AS value FROM steps JOIN codes USING (code)
    UNION ALL
    SELECT step, part, name, value FROM steps JOIN conditions USING (condition_set)
    UNION ALL
    SELECT step, 'input', model, lower(hex(digest)) FROM inputs
    UNION ALL
    SELECT step, 'file', name, lower(hex(digest)) FROM source_files
) AS parts
JOIN steps USING (step)
JOIN runs USING (run);

CREATE VIEW checked AS
SELECT
    runs.id AS id,
    runs.partition AS partition,
    steps.task AS task,
    checks.model AS model,
    checks.name AS name,
    checks.rule AS rule,
    checks.severity AS severity,
    checks.passed AS passed,
    checks.failing_rows AS failing_rows,
    checks.measured AS measured,
    checks.message AS message
FROM checks JOIN steps USING (step) JOIN runs ON runs.run = steps.run;

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
