"""The archive itself: what is open of it, what changes it, what is asked of it.

Reading order: `opened` (connections, the encoder), `adding` (adds, removes, encodes anew),
`marking` (what users say of answers), `archive` (the class that is all of these). Leaves out how
files become documents (`index.intake`) and how they are found (`index.search`).
"""
