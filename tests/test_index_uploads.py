"""The files that the page took in, which an archive keeps, and deletes with their documents."""

import zipfile

import pytest

from index import ArchiveError
from index.intake.uploads import UPLOADS


@pytest.mark.in_a_folder
def test_removing_deletes_the_file_that_the_page_took_in(archive):
    """A file in the archive's own folder goes with its last document; others stay."""
    uploads = archive.folder / UPLOADS
    uploads.mkdir()
    taken, kept = uploads / "taken.txt", archive.folder.parent / "kept.txt"
    taken.write_text("The harbour of Zuwara was closed.")
    kept.write_text("The airport of Sebha was opened.")
    archive.add([taken, kept])
    archive.remove([document.id for document in archive.documents()])
    assert not taken.exists()
    assert kept.exists()


@pytest.mark.in_a_folder
def test_a_taken_file_that_cannot_be_deleted_is_told(archive):
    """All else is erased nevertheless, and the error names the file."""
    uploads = archive.folder / UPLOADS
    uploads.mkdir()
    stuck, other = uploads / "stuck.txt", uploads / "taken.txt"
    stuck.write_text("The harbour of Zuwara was closed.")
    other.write_text("The airport of Sebha was opened.")
    archive.add([stuck, other])
    stuck.unlink()
    stuck.mkdir()
    with pytest.raises(ArchiveError, match=r"stuck\.txt any more, but it cannot be deleted"):
        archive.remove([document.id for document in archive.documents()])
    assert not other.exists()
    assert archive.verify().documents == 0
    assert not any(b"Zuwara" in file.read_bytes() for file in archive.folder.glob("archive*"))


@pytest.mark.in_a_folder
def test_removing_deletes_a_zip_file_with_the_last_of_its_documents(archive):
    """A zip file that the page took in stays as long as a document comes from it."""
    uploads = archive.folder / UPLOADS
    uploads.mkdir()
    with zipfile.ZipFile(uploads / "taken.zip", "w") as file:
        file.writestr("a.txt", "The harbour of Zuwara was closed.")
        file.writestr("b/c.txt", "The airport of Sebha was opened.")
    archive.add([uploads / "taken.zip"])
    first, second = (document.id for document in archive.documents())
    archive.remove([first])
    assert (uploads / "taken.zip").exists()
    archive.remove([second])
    assert not (uploads / "taken.zip").exists()


@pytest.mark.in_a_folder
def test_uploads_are_dropped_that_gave_nothing(archive):
    """Of the archive's own files one that failed is deleted, unless something in it was read."""
    uploads = archive.folder / UPLOADS
    uploads.mkdir()
    for name, text in (("half.zip", "The harbour was closed."), ("bad.zip", "")):
        with zipfile.ZipFile(uploads / name, "w") as file:
            file.writestr("a.txt", text)
            file.writestr("b.png", b"\x89PNG\r\n\x1a\n")
    outside = archive.folder.parent / "empty.txt"
    outside.touch()
    report = archive.add([uploads / "half.zip", uploads / "bad.zip", outside])
    archive.drop_uploads(report.failed)
    assert [file.name for file in uploads.iterdir()] == ["half.zip"]
    assert outside.exists()
