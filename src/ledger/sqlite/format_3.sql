-- What makes format 3 out of format 2: the files of sources whose rows were published are remembered, so that each can be
-- read once. What format 2 tells of files of which the rows are published is taken over.

CREATE TABLE taken_files (
    partition TEXT NOT NULL,
    model TEXT NOT NULL,
    digest BLOB NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    PRIMARY KEY (partition, model, digest)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO taken_files
SELECT partition, model, digest, name, bytes, modified_ns, inode, settled
FROM published JOIN source_files USING (step)
ORDER BY model, position;
