"""The tables of `index.storage.schema` as PostgreSQL has them, as numbered migrations.

What differs: `vocabulary` counts the terms of the passages, which FTS5 does for SQLite, and
`followed` and `gone` say how far Milvus has followed: up to which passage, and which of those it
was given are erased since.
"""

from index.storage.schema import Migration

MIGRATIONS = (
    Migration(
        1,
        "m001_first_tables",
        """
        CREATE TABLE state ("only" INTEGER PRIMARY KEY CHECK ("only" = 1), change BIGINT NOT NULL);
        INSERT INTO state VALUES (1, 0);

        CREATE TABLE encoder (
            "only" INTEGER PRIMARY KEY CHECK ("only" = 1),
            name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            pooling TEXT NOT NULL
        );

        CREATE TABLE contents (
            content BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            key TEXT COLLATE "C" NOT NULL UNIQUE,
            sha256 TEXT COLLATE "C" NOT NULL,
            headline TEXT NOT NULL,
            text TEXT NOT NULL,
            sentences INTEGER NOT NULL,
            story BIGINT,
            signature BYTEA,
            story_checksum BYTEA
        );
        CREATE INDEX contents_by_sha256 ON contents (sha256);
        CREATE INDEX contents_by_story ON contents (story);
        CREATE INDEX contents_by_sentences ON contents (sentences);
        CREATE TABLE story_bands (
            band BYTEA NOT NULL,
            content BIGINT NOT NULL REFERENCES contents (content) ON DELETE CASCADE,
            PRIMARY KEY (band, content)
        );
        CREATE INDEX story_bands_by_content ON story_bands (content);

        CREATE TABLE documents (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id TEXT COLLATE "C" NOT NULL UNIQUE,
            content BIGINT NOT NULL REFERENCES contents (content),
            fingerprint TEXT NOT NULL,
            checksum TEXT NOT NULL,
            title TEXT NOT NULL,
            source TEXT COLLATE "C" NOT NULL,
            source_key TEXT COLLATE "C" NOT NULL,
            url TEXT NOT NULL,
            published TEXT COLLATE "C",
            authors TEXT NOT NULL,
            path TEXT COLLATE "C" NOT NULL,
            line BIGINT,
            details TEXT NOT NULL,
            added_at TEXT NOT NULL
        );
        CREATE INDEX documents_by_content ON documents (content);
        CREATE INDEX documents_by_source ON documents (source_key, content);
        CREATE INDEX documents_by_published ON documents (published, content);
        CREATE INDEX documents_by_path ON documents USING hash (path);

        CREATE TABLE passages (
            passage BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            content BIGINT NOT NULL REFERENCES contents (content),
            first_sentence INTEGER NOT NULL,
            spans BYTEA NOT NULL,
            vector BYTEA NOT NULL,
            sentence_vectors BYTEA NOT NULL,
            checksum BYTEA NOT NULL
        );
        CREATE INDEX passages_by_content ON passages (content);

        CREATE TABLE versions (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id TEXT COLLATE "C" NOT NULL UNIQUE,
            of TEXT COLLATE "C" NOT NULL,
            content BIGINT NOT NULL REFERENCES contents (content),
            record JSON NOT NULL,
            fingerprint TEXT NOT NULL,
            checksum TEXT NOT NULL
        );
        CREATE INDEX versions_by_document ON versions (of);
        CREATE INDEX versions_by_content ON versions (content);

        CREATE TABLE files (
            path BYTEA PRIMARY KEY,
            bytes BIGINT NOT NULL,
            modified_ns BIGINT NOT NULL,
            documents INTEGER NOT NULL
        );
        CREATE TABLE failures (
            file BYTEA NOT NULL,
            path TEXT COLLATE "C" NOT NULL,
            line BIGINT,
            reason TEXT COLLATE "C" NOT NULL
        );
        CREATE INDEX failures_by_file ON failures USING hash (file);

        CREATE TABLE marks (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            question TEXT NOT NULL,
            document TEXT COLLATE "C" NOT NULL,
            sha256 TEXT NOT NULL,
            start BIGINT NOT NULL,
            "end" BIGINT NOT NULL,
            sentence TEXT NOT NULL,
            answer TEXT NOT NULL,
            verdict TEXT NOT NULL,
            who TEXT NOT NULL,
            marked_at TEXT NOT NULL,
            checksum BYTEA NOT NULL
        );
        CREATE INDEX marks_by_document ON marks (document);

        CREATE TABLE vocabulary (term TEXT COLLATE "C" PRIMARY KEY, cnt BIGINT NOT NULL);

        CREATE TABLE followed (
            "only" INTEGER PRIMARY KEY CHECK ("only" = 1),
            passage BIGINT NOT NULL
        );
        INSERT INTO followed VALUES (1, 0);
        CREATE TABLE gone (passage BIGINT PRIMARY KEY);
        CREATE FUNCTION note_gone() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO gone VALUES (OLD.passage); RETURN NULL; END
        $$;
        CREATE TRIGGER passages_gone AFTER DELETE ON passages
            FOR EACH ROW EXECUTE FUNCTION note_gone();
        """,
    ),
    Migration(
        2,
        "m002_near_duplicate_clusters",
        """
        ALTER TABLE contents RENAME COLUMN story TO cluster;
        ALTER TABLE contents RENAME COLUMN story_checksum TO cluster_checksum;
        ALTER TABLE story_bands RENAME TO cluster_bands;
        ALTER INDEX contents_by_story RENAME TO contents_by_cluster;
        ALTER INDEX story_bands_by_content RENAME TO cluster_bands_by_content;
        """,
    ),
)

NEWEST = MIGRATIONS[-1].number
