"""What the archives of these tests hold, what is asked, and what a record says of an article."""

WHO = "who claimed the Tazerbo attack?"
DOCUMENT_KEYS = set("id title source url published path sha256 copies details".split())

ARTICLES = [
    {
        "id": "harbour-1",
        "text": "It rained all night. The rebels seized the harbour of Zuwara on Monday.",
        "title": "Harbour taken",
        "source": "The Gazette",
        "url": "https://gazette.example/1",
        "published": "2019-11-25",
        "authors": ["Ann Reporter"],
    },
    {
        "id": "harbour-2",
        "text": "The police won the harbour of Zuwara back on Tuesday. It cost 12 lives.",
        "source": "Morning Star",
        "published": "2019-11-26",
    },
    {"id": "harbour-3", "text": "The harbour of Zuwara was seized by nobody. يوم الاثنين 😀."},
    {
        "id": "copy",
        "text": "It rained all night. The rebels seized the harbour of Zuwara on Monday.",
        "source": "Copycat",
        "published": "2019-11-27",
    },
]
