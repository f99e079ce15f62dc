"""What is measured, of whom, and with which settings."""

from dataclasses import dataclass, field, replace

COMMON = ("housing", "fashion", "startup", "predict_one", "memory")
"""The jobs of every library."""
CNN = ("cnn", "cnn_inference")
PREDICTIONS = ("predict_many", "predict_memory")
ONE_MODEL = (*COMMON, *CNN, *PREDICTIONS, "recurrent", "callback", "generator", "wide_deep", "regularized", "deep")
SEARCHES = ("search", "search_long")
HORNET_ALONE = ("padding", "search_memory")
LARGE = ("large", "large_memory")
HELD = ("held", "copies")


@dataclass(frozen=True)
class Job:
    """What is measured, and the unit that it is written in; with `parts`, a process measures several figures."""

    title: str
    unit: str
    units: float  # of them in a second or byte
    check: str
    cold: bool = False  # whether every process begins with an empty compile cache, but for settings that are warm
    limit: int = 900  # seconds of a process
    parts: tuple = ()


@dataclass(frozen=True)
class Setting:
    """How a peer is run: arguments of its functions and environment variables."""

    name: str
    options: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    warm: bool = False


@dataclass(frozen=True)
class Peer:
    """A module of `peers/`, per job another one, and per job the settings tried beside the default."""

    module: str
    options: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    jobs: tuple = COMMON
    modules: dict = field(default_factory=dict)


JOBS = {
    "housing": Job("Housing 8-30-1: an epoch with validation", "ms", 1e3, "validation loss"),
    "fashion": Job("Fashion-MNIST 784-300-100-10: an epoch with validation", "s", 1, "validation loss"),
    "startup": Job("New process: import, build, 20 epochs of housing", "s", 1, "validation loss"),
    "predict_one": Job("`predict` of one row, NumPy in and out", "us", 1e6, "prediction"),
    "memory": Job("Peak memory of two epochs of Fashion-MNIST", "MiB", 1 / 2**20, "validation loss"),
    "callback": Job("Housing with a hook after every batch: a step", "us", 1e6, "training loss"),
    "generator": Job(
        "An epoch of rows in memory, and of ready batches from a generator; no validation",
        "ms",
        1e3,
        "training loss",
        parts=tuple(f"{data}, {how}" for data in ("housing", "Fashion-MNIST") for how in ("arrays", "generator")),
    ),
    "wide_deep": Job("Wide & deep, two inputs and two outputs: an epoch with validation", "ms", 1e3, "validation loss"),
    "regularized": Job("Housing with BatchNormalization and Dropout: an epoch", "ms", 1e3, "validation loss"),
    "deep": Job("Functional model of 50 layers: building and tracing", "s", 1, "training loss"),
    "cnn": Job(
        "CNN of 28x28x1, 10,000 images: an epoch",
        "s",
        1,
        "training loss",
        parts=("batches of 32", "batches of 128"),
    ),
    "recurrent": Job(
        "Two recurrent layers of 64, 50 steps, 4,000 rows in batches of 32",
        "s",
        1,
        "training loss",
        parts=tuple(f"{kind}, {what}" for kind in ("LSTM", "SimpleRNN") for what in ("an epoch", "`predict`")),
    ),
    "cnn_inference": Job(
        "The same CNN, 10,000 images: `predict` and `evaluate`",
        "s",
        1,
        "loss before training",
        parts=tuple(f"{name}, batches of {size}" for name in ("predict", "evaluate") for size in (32, 128, 1024)),
    ),
    "search": Job(
        "Search: 10 candidates x 3 folds x 20 epochs of housing, and the refit", "s", 1, "best score", True, 1800
    ),
    "search_long": Job(
        "Search: 100 candidates x 5 folds x 100 epochs with early stopping", "s", 1, "best score", True, 3600
    ),
    "tuner": Job(
        "Tuners: 24 candidates x 20 epochs of housing with validation",
        "s",
        1,
        "median of losses",
        True,
        1800,
        ("wall", "CPU"),
    ),
    "population": Job("Population of 64 equal 8-30-1 networks: a step of one of them", "us", 1e6, "training loss"),
    "padding": Job("Population of 40 networks, 8 to 256 wide: FLOPs / own FLOPs", "times", 1, "", True),
    "search_memory": Job("Search over 200 candidates: memory that each leaves behind", "MiB", 1 / 2**20, "", True),
    "large": Job(
        "An epoch of 12 GB of rows in files, beside 1 GB in memory: a row",
        "us",
        1e6,
        "training loss",
        limit=3600,
        parts=("in memory", "memory map", "Parquet"),
    ),
    "large_memory": Job(
        "The same: peak of the process's own memory, pages of files aside",
        "MiB",
        1 / 2**20,
        "training loss",
        limit=3600,
        parts=("memory map", "Parquet"),
    ),
    "predict_many": Job("`predict` of 10,000,000 housing rows in batches of 4096", "s", 1, "last prediction"),
    "predict_memory": Job("The same: memory at its peak, above the output", "MiB", 1 / 2**20, "last prediction"),
    "held": Job(
        "Housing of an array and of a frame: an epoch from the second on; and the host's checks of a `fit`",
        "ms",
        1e3,
        "training loss",
        parts=("array", "frame", "checks"),
    ),
    "copies": Job(
        "Training on an array of 381 MB: peak of the process's own memory, by the array's",
        "times",
        1,
        "training loss",
        parts=("array", "memory map"),
    ),
}

DEFAULT = Setting("default")
ONE_THREAD = Setting(
    "one thread", environment={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
)
EPOCH = Setting("steps_per_execution = an epoch", {"steps_per_execution": "epoch"})
ON_BATCH = Setting("predict_on_batch", {"predict_method": "predict_on_batch"})
# {cache} becomes a folder that is empty when the run begins and filled by the first, unmeasured process; in a cold job
# one that is empty when the process begins, unless the setting is warm.
COMPILE_CACHE = Setting(
    "compile cache",
    environment={
        "JAX_COMPILATION_CACHE_DIR": "{cache}/keras-jax",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    },
)
CACHE_AND_EPOCH = Setting("compile cache, steps_per_execution = an epoch", EPOCH.options, COMPILE_CACHE.environment)
WARM = Setting("warm compile cache", warm=True)
WARM_CACHE = replace(COMPILE_CACHE, name=WARM.name, warm=True)
WARM_CACHE_AND_EPOCH = replace(CACHE_AND_EPOCH, name=f"warm {CACHE_AND_EPOCH.name}", warm=True)


def also(setting, name, **options):
    """Return a setting with more options."""
    return replace(setting, name=f"{setting.name}, {name}", options=setting.options | options)


HOISTED = Setting(
    "hoisted",
    {"hoisted": True},
    {"XLA_FLAGS": "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000"},
)

JIT = Setting("jit_compile", {"jit_compile": True})
JIT_AND_EPOCH = Setting("jit_compile, steps_per_execution = an epoch", JIT.options | EPOCH.options)
CHANNELS_LAST = Setting("channels_last", {"channels_last": True})
COMPILED = Setting("torch.compile", {"compiled": True})
COMPILED_CHANNELS_LAST = Setting("torch.compile, channels_last", COMPILED.options | CHANNELS_LAST.options)
SUBCLASS = Setting("as a subclass", {"subclass": True})

KERAS_SETTINGS = {
    "housing": (EPOCH,),
    "fashion": (EPOCH,),
    "startup": (EPOCH,),
    "predict_one": (ON_BATCH,),
    "generator": (EPOCH,),
    "predict_many": (EPOCH,),
    "wide_deep": (EPOCH,),
    "regularized": (EPOCH,),
    "search": (EPOCH,),
    "search_long": (EPOCH,),
    "recurrent": (EPOCH,),
    **dict.fromkeys(CNN, (EPOCH,)),
}
KERAS_SEARCH = dict.fromkeys(SEARCHES, "keras_search")
TENSORFLOW = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
THREAD_SETTINGS = dict.fromkeys(("housing", "fashion", "startup", "predict_one"), (ONE_THREAD,))
PEERS = {
    "hornet": Peer(
        "keras_api",
        {"api": "hornet"},
        settings={"wide_deep": (SUBCLASS,), "search": (WARM,), "tuner": (WARM,)},
        jobs=tuple(JOBS),
        modules=dict.fromkeys((*SEARCHES, "tuner", "population", *HORNET_ALONE), "hornet_search")
        | dict.fromkeys(LARGE, "large_rows")
        | dict.fromkeys(HELD, "held_rows"),
    ),
    "keras-jax": Peer(
        "keras_api",
        {"api": "keras"},
        {"KERAS_BACKEND": "jax"},
        KERAS_SETTINGS
        | {
            "startup": (COMPILE_CACHE, CACHE_AND_EPOCH),
            "search": (EPOCH, CACHE_AND_EPOCH, WARM_CACHE, WARM_CACHE_AND_EPOCH),
            "search_long": (EPOCH, CACHE_AND_EPOCH),
        },
        (*ONE_MODEL, *SEARCHES),
        KERAS_SEARCH,
    ),
    "keras-tf": Peer(
        "keras_api",
        {"api": "keras"},
        TENSORFLOW,
        KERAS_SETTINGS | dict.fromkeys(CNN, (EPOCH, JIT, JIT_AND_EPOCH)),
        tuple(name for name in (*ONE_MODEL, *SEARCHES) if name != "deep"),  # which asks JAX for its tracing time
        KERAS_SEARCH,
    ),
    "keras-tf-five-fits": Peer("five_fits", {"api": "keras"}, TENSORFLOW, {"search_long": (EPOCH,)}, ("search_long",)),
    "keras-tuner": Peer(
        "keras_tuner_search",
        {"api": "keras"},
        {"KERAS_BACKEND": "jax"},
        {
            "tuner": (
                also(CACHE_AND_EPOCH, "lean, two processes", lean=True, processes=2),
                also(WARM_CACHE_AND_EPOCH, "lean, two processes", lean=True, processes=2),
            )
        },
        ("tuner",),
    ),
    "optuna": Peer(
        "optuna_search",
        {"api": "keras"},
        {"KERAS_BACKEND": "jax"},
        {
            "tuner": (
                also(CACHE_AND_EPOCH, "two processes", processes=2),
                also(WARM_CACHE_AND_EPOCH, "two processes", processes=2),
                also(WARM_CACHE_AND_EPOCH, "n_jobs=2", n_jobs=2),
            )
        },
        ("tuner",),
    ),
    "torch": Peer(
        "pytorch",
        settings=THREAD_SETTINGS
        | {"callback": (ONE_THREAD,)}
        | dict.fromkeys(CNN, (CHANNELS_LAST, COMPILED, COMPILED_CHANNELS_LAST)),
        jobs=(*COMMON, *CNN, "callback"),
    ),
    "sklearn": Peer(
        "scikit",
        settings=THREAD_SETTINGS,
        jobs=(*COMMON, *SEARCHES),
        modules=dict.fromkeys(SEARCHES, "scikit_search"),
    ),
    "numpy": Peer("by_hand", settings=THREAD_SETTINGS),
    "bare-jax": Peer("bare_jax", settings={"population": (HOISTED,)}, jobs=("population",)),
}
