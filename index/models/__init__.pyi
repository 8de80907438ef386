from .bert import Bert
from .device import at_speed, current_device, use_device
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
    Forward,
    config_of,
    is_bert,
    like_length,
    own_tokenizer,
    padded,
    tokenizer_in,
    when_needed,
)

__all__ = [
    "Bert",
    "Encoder",
    "EncoderIdentity",
    "Forward",
    "PassageText",
    "PassageVectors",
    "SentenceTransformerEncoder",
    "Vector",
    "at_speed",
    "config_of",
    "current_device",
    "is_bert",
    "like_length",
    "own_tokenizer",
    "packaged_folder",
    "padded",
    "tokenizer_in",
    "use_device",
    "when_needed",
]
