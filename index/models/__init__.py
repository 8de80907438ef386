"""What runs a network, for the encoder here and the reader of `qa`: loading, devices, batches.

Reading order: `device` (where and in what precision), `loading` (from a folder, by
sentence-transformers, with its tokenizer), `encoder` (text → vectors), `bert` (the forward pass,
for a process that answers one question). Leaves out training, and anything from a network.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
