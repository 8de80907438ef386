from .bert import Bert
from .device import current_device, use_device
from .encoder import (
    Encoder,
    EncoderIdentity,
    PassageText,
    PassageVectors,
    SentenceTransformerEncoder,
    Vector,
    packaged_folder,
)
from .loading import (
    UNLOADABLE,
    Forward,
    config_of,
    like_length,
    own_tokenizer,
    padded,
    prepare_transformers,
    tokenizer_in,
    unloadable,
    when_needed,
)

__all__ = [
    "UNLOADABLE",
    "Bert",
    "Encoder",
    "EncoderIdentity",
    "Forward",
    "PassageText",
    "PassageVectors",
    "SentenceTransformerEncoder",
    "Vector",
    "config_of",
    "current_device",
    "like_length",
    "own_tokenizer",
    "packaged_folder",
    "padded",
    "prepare_transformers",
    "tokenizer_in",
    "unloadable",
    "use_device",
    "when_needed",
]
