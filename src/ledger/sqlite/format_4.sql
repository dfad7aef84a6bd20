-- What makes format 4 out of format 3: the checks of whole models are kept, and published models are found in all
-- partitions.

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
CREATE INDEX published_by_model ON published (model, partition, at);

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
