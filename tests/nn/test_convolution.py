"""The layers on rows against torch's own in one dimension."""

import pytest
import torch
from torch import nn

from scar_core.nn.convolution import AveragePool, Convolution, Normalisation, rows_of


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(7, 1, 3), (8, 2, 3), (1, 1, 0)])
def test_convolution_is_torchs(kernel: int, stride: int, padding: int) -> None:
    ours = Convolution(3, 5, kernel, stride, padding)
    theirs = nn.Conv1d(3, 5, kernel, stride, padding, bias=False)
    theirs.load_state_dict(ours.state_dict())
    signal = torch.randn(4, 3, 40)
    torch.testing.assert_close(ours(rows_of(signal)).squeeze(2), theirs(signal))


@pytest.mark.parametrize("training", [True, False])
def test_normalisation_is_torchs_and_remembers_the_same(training: bool) -> None:
    ours, theirs = Normalisation(5).train(training), nn.BatchNorm1d(5).train(training)
    signal = 3 * torch.randn(4, 5, 40) + 1
    torch.testing.assert_close(ours(rows_of(signal)).squeeze(2), theirs(signal))
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict())


def test_pooling_is_torchs() -> None:
    signal = torch.randn(2, 3, 41)
    torch.testing.assert_close(AveragePool(5)(rows_of(signal)).squeeze(2), nn.AvgPool1d(5)(signal))


def test_features_lie_side_by_side_through_every_layer() -> None:
    layers = nn.Sequential(Convolution(3, 8, 7, 2, 3), Normalisation(8), AveragePool(5))
    out = layers(rows_of(torch.randn(4, 3, 40)))
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_normalisation_refuses_what_is_no_row() -> None:
    with pytest.raises(ValueError, match="expected"):
        Normalisation(3)(torch.randn(2, 3, 40))
