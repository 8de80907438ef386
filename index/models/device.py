"""Where the models run, the processor or a GPU, and in what precision. Nothing else asks torch.

How many threads a model takes is torch's to decide, once, when it is imported: as many as
`OMP_NUM_THREADS` says, or else as the processor has cores. Nothing here changes it.
"""

from typing import TYPE_CHECKING

from index.errors import InvalidInput

if TYPE_CHECKING:
    import torch

_chosen: list[str] = []


def use_device(name: str | None) -> None:
    """Run the models that are loaded from now on there: "cpu", "cuda", "cuda:1"; None: choose."""
    _chosen[:] = [name] if name else []


def is_device_named() -> bool:
    """Whether a device was named, which may not be there, rather than left to be chosen."""
    return bool(_chosen)


def current_device() -> "torch.device":
    """The device that was named; else the first GPU; else the processor.

    Raises:
        InvalidInput: torch finds no such device here.
    """
    import torch

    if not _chosen:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    (name,) = _chosen
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InvalidInput(
            f"{name!r} is no device that models can run on here; leave it out, or name cpu"
        ) from error
    return device


def fastest_dtype(device: "torch.device") -> "torch.dtype":
    """What a device multiplies fastest: half the bits, but not where they would be imitated."""
    import torch

    if device.type != "cpu":
        return torch.float16
    has_bfloat16 = {"amx_bf16", "avx512_bf16"} & {
        name for name, is_there in torch.cpu.get_capabilities().items() if is_there
    }
    return torch.bfloat16 if has_bfloat16 else torch.float32
