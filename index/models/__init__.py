"""What runs a network, for the encoder here and the reader of `qa`: loading, devices, batches.

Reading order: `device` (where and in what precision), `bert` (the forward pass), `loading` (from a
folder, with its tokenizer), `encoder` (text → vectors). Follows sentence-transformers and
transformers; leaves out training, and anything from a network.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
