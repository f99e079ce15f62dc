"""The nearest known name."""

import pytest

from hornet.core.suggestions import did_you_mean, reject_unknown_arguments, unknown_name


@pytest.mark.parametrize(
    ("name", "known", "advice"),
    [
        ("epoch", ["epochs", "verbose"], " Did you mean 'epochs'?"),
        ("MSEE", ["mse", "mae"], " Did you mean 'mse'?"),
        ("Flattern", ["Flatten", "Dense"], " Did you mean 'Flatten'?"),
        ("zzz", ["mse", "mae"], ""),
        ("epoch", [], ""),
    ],
)
def test_the_nearest_name(name, known, advice):
    assert did_you_mean(name, known) == advice


def test_a_name_far_from_all_gets_the_whole_list():
    assert str(unknown_name("loss", "zzz", ["mse", "mae"])) == ("There is no loss named 'zzz'. Use one of: mae, mse.")
    assert str(unknown_name("loss", "msse", ["mse", "mae"])) == ("There is no loss named 'msse'. Did you mean 'mse'?")


def test_the_first_unknown_argument_is_refused():
    reject_unknown_arguments("fit", ["epochs"], ["epochs", "verbose"])
    with pytest.raises(TypeError, match=r"^`fit` has no argument `epoch`\. Did you mean 'epochs'\?$"):
        reject_unknown_arguments("fit", ["verbose", "epoch", "zzz"], ["epochs", "verbose"])
    with pytest.raises(TypeError, match=r"^`fit` has no argument `zzz`\. Use one of: epochs, verbose\.$"):
        reject_unknown_arguments("fit", ["zzz"], ["epochs", "verbose"])
