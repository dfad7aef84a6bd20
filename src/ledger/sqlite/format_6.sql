-- What makes format 6 out of format 5: versions say what their columns are made of.

CREATE TABLE lineages (
    lineage INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE origins (
    lineage INTEGER NOT NULL REFERENCES lineages ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT,
    how TEXT NOT NULL,
    from_model TEXT,
    from_column TEXT,
    PRIMARY KEY (lineage, position)
) STRICT, WITHOUT ROWID;

ALTER TABLE versions ADD COLUMN lineage INTEGER;
CREATE INDEX versions_by_lineage ON versions (lineage) WHERE lineage IS NOT NULL;
