-- What makes format 7 out of format 6: steps that read what is new of a table of a database say up to where.

CREATE TABLE source_marks (
    step INTEGER PRIMARY KEY REFERENCES steps ON DELETE CASCADE,
    source_table TEXT NOT NULL,
    source_column TEXT NOT NULL,
    mark ANY NOT NULL,
    columns BLOB NOT NULL,
    rows BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;

CREATE TABLE watermarks (
    partition TEXT NOT NULL,
    model TEXT NOT NULL,
    step INTEGER NOT NULL,
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
