-- What makes format 2 out of format 1: a step has a row only when something is known of it, and the list of tasks is kept
-- once for all runs that have the same.

CREATE TABLE task_lists (
    task_list INTEGER PRIMARY KEY,
    digest BLOB UNIQUE,
    steps INTEGER NOT NULL,
    tasks TEXT NOT NULL
) STRICT;
CREATE TEMP TABLE lists AS
SELECT run, (SELECT json_group_array(task ORDER BY step) FROM steps WHERE steps.run = runs.run) AS tasks FROM runs;
INSERT INTO task_lists (steps, tasks) SELECT DISTINCT json_array_length(tasks), tasks FROM lists;

ALTER TABLE runs ADD COLUMN task_list INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN first_step INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET
    task_list = (SELECT task_list FROM task_lists JOIN lists USING (tasks) WHERE lists.run = runs.run),
    first_step = coalesce(
        (SELECT min(step) FROM steps WHERE steps.run = runs.run),
        (SELECT max(step) + 1 FROM steps WHERE steps.run < runs.run),
        1
    );
CREATE INDEX runs_by_tasks ON runs (task_list);
DROP TABLE lists;

-- The same without a reference, which would have to be looked up whenever a step is forgotten.
CREATE TABLE latest_steps (
    partition TEXT NOT NULL,
    task TEXT NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (partition, task)
) STRICT, WITHOUT ROWID;
INSERT INTO latest_steps SELECT partition, task, step FROM latest;
DROP TABLE latest;
ALTER TABLE latest_steps RENAME TO latest;

DROP VIEW history;
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
