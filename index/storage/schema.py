"""The tables of an archive, as numbered migrations.

A migration is never changed once it has been released; the next number mends what it got wrong.
Each runs in one transaction with its own record in `migrations`.

    state      a number that grows with every transaction
    encoder    which one the vectors come from
    contents   a text and its headline: what is split, encoded and searched, once however many
               documents have it
    documents  what a citation says of one article; copies share their contents
    passages   spans of sentences as int32 pairs, the passage's vector as float32, those of its
               sentences as float16, and a checksum over all of them
    versions   documents whose text another has taken the place of: cited, and not searched
    files      what was read, so that a file that has not changed is not read again
    failures   what could not be read, and why
    cluster_bands
               parts of the contents' signatures, by which near-copies find one another
    marks      what users said of answers: that they are right, or wrong
    terms      FTS5 without content of its own: what `index.text` makes of headline and passage
    snapshots  the FAISS files that were written, each with its SHA-256
"""

from typing import NamedTuple


class Migration(NamedTuple):
    """One step from a form of the tables to the next."""

    number: int
    name: str
    script: str


MIGRATIONS = (
    Migration(
        1,
        "m001_first_tables",
        """
        CREATE TABLE state (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            change INTEGER NOT NULL
        ) STRICT;
        INSERT INTO state VALUES (1, 0);

        CREATE TABLE encoder (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            name TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            pooling TEXT NOT NULL
        ) STRICT;

        CREATE TABLE contents (
            content INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            sha256 TEXT NOT NULL,
            headline TEXT NOT NULL,
            text TEXT NOT NULL,
            sentences INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX contents_by_sha256 ON contents (sha256);

        CREATE TABLE documents (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            content INTEGER NOT NULL REFERENCES contents (content),
            fingerprint TEXT NOT NULL,
            checksum TEXT NOT NULL,
            title TEXT NOT NULL,
            source TEXT NOT NULL,
            source_key TEXT NOT NULL,
            url TEXT NOT NULL,
            published TEXT,
            authors TEXT NOT NULL,
            path TEXT NOT NULL,
            line INTEGER,
            added_at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX documents_by_content ON documents (content);
        CREATE INDEX documents_by_source ON documents (source_key, content);
        CREATE INDEX documents_by_published ON documents (published, content);

        CREATE TABLE passages (
            passage INTEGER PRIMARY KEY AUTOINCREMENT,
            content INTEGER NOT NULL REFERENCES contents (content),
            first_sentence INTEGER NOT NULL,
            spans BLOB NOT NULL,
            vector BLOB NOT NULL,
            sentence_vectors BLOB NOT NULL,
            checksum BLOB NOT NULL
        ) STRICT;
        CREATE INDEX passages_by_content ON passages (content);

        CREATE VIRTUAL TABLE terms USING fts5 (
            headline, passage, content='',
            tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'"
        );
        INSERT INTO terms (terms, rank) VALUES ('secure-delete', 1);
        CREATE VIRTUAL TABLE vocabulary USING fts5vocab (terms, row);
        CREATE VIRTUAL TABLE term_places USING fts5vocab (terms, instance);

        CREATE TABLE snapshots (
            generation INTEGER PRIMARY KEY AUTOINCREMENT,
            file TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            passages INTEGER NOT NULL,
            last_passage INTEGER NOT NULL,
            encoder_sha256 TEXT NOT NULL
        ) STRICT;
        """,
    ),
    Migration(
        2,
        "m002_details",
        """
        ALTER TABLE documents ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
        """,
    ),
    Migration(
        3,
        "m003_stories_versions_files",
        """
        ALTER TABLE contents ADD COLUMN story INTEGER;
        ALTER TABLE contents ADD COLUMN signature BLOB;
        ALTER TABLE contents ADD COLUMN story_checksum BLOB;
        CREATE INDEX contents_by_story ON contents (story);
        CREATE TABLE story_bands (
            band BLOB NOT NULL,
            content INTEGER NOT NULL REFERENCES contents (content) ON DELETE CASCADE,
            PRIMARY KEY (band, content)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX story_bands_by_content ON story_bands (content);

        CREATE TABLE versions (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            of TEXT NOT NULL,
            content INTEGER NOT NULL REFERENCES contents (content),
            record TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            checksum TEXT NOT NULL
        ) STRICT;
        CREATE INDEX versions_by_document ON versions (of);
        CREATE INDEX versions_by_content ON versions (content);

        CREATE TABLE files (
            path BLOB PRIMARY KEY,
            bytes INTEGER NOT NULL,
            modified_ns INTEGER NOT NULL,
            documents INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE failures (
            file BLOB NOT NULL,
            path TEXT NOT NULL,
            line INTEGER,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE INDEX failures_by_file ON failures (file);
        """,
    ),
    Migration(
        4,
        "m004_marks",
        """
        CREATE TABLE marks (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            question TEXT NOT NULL,
            document TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            sentence TEXT NOT NULL,
            answer TEXT NOT NULL,
            verdict TEXT NOT NULL,
            who TEXT NOT NULL,
            marked_at TEXT NOT NULL,
            checksum BLOB NOT NULL,
            UNIQUE (who, question, document, sha256, start, "end")
        ) STRICT;
        CREATE INDEX marks_by_document ON marks (document);
        """,
    ),
    Migration(
        5,
        "m005_counting",
        """
        CREATE INDEX contents_by_sentences ON contents (sentences);
        """,
    ),
    Migration(
        6,
        "m006_near_duplicate_clusters",
        """
        DROP INDEX contents_by_story;
        DROP INDEX story_bands_by_content;
        ALTER TABLE contents RENAME COLUMN story TO cluster;
        ALTER TABLE contents RENAME COLUMN story_checksum TO cluster_checksum;
        ALTER TABLE story_bands RENAME TO cluster_bands;
        CREATE INDEX contents_by_cluster ON contents (cluster);
        CREATE INDEX cluster_bands_by_content ON cluster_bands (content);
        """,
    ),
)

NEWEST = MIGRATIONS[-1].number
