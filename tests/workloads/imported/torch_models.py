"""Models that PyTorch's exporter writes."""

import io
import warnings

import onnx
import torch
from torch import nn


def exported(module, *shapes, names=("x",), dynamic=None, script=False):
    """Return a module as an ONNX model."""
    module.eval()
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            torch.jit.script(module) if script else module,
            tuple(torch.zeros(shape) for shape in shapes),
            stream,
            dynamo=False,
            input_names=list(names),
            dynamic_axes={"x": dynamic} if dynamic else None,
        )
    return onnx.load_from_string(stream.getvalue()), dict(zip(names, shapes, strict=True))


class EncoderDecoder(nn.Module):
    """Two GRU layers each; the decoder reads zeros."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(1, 6, 2, batch_first=True)
        self.decoder = nn.GRU(1, 6, 2, batch_first=True)
        self.dense = nn.Linear(6, 3)

    def forward(self, x):
        """Return a sequence of outputs."""
        _, h = self.encoder(x)
        y, _ = self.decoder(torch.zeros_like(x), h)
        return self.dense(y)


class Repeated(nn.Module):
    """An LSTM whose last output is read by another one in every step."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(2, 5, batch_first=True)
        self.decoder = nn.LSTM(5, 4, batch_first=True)
        self.dense = nn.Linear(4, 1)

    def forward(self, x):
        """Return a sequence of outputs."""
        y, _ = self.encoder(x)
        y, _ = self.decoder(y[:, -1:].repeat(1, x.shape[1], 1))
        return torch.sigmoid(self.dense(y))


class ToOne(nn.Module):
    """A stacked plain RNN whose last output goes through dense layers."""

    def __init__(self):
        super().__init__()
        self.recurrent = nn.RNN(2, 6, 2, nonlinearity="relu")
        self.head = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3), nn.Softmax(-1))

    def forward(self, x):
        """Return shares of one."""
        y, _ = self.recurrent(x)
        return self.head(y[-1])


class Both(nn.Module):
    """Both directions; a dense layer reads what `pick` makes of their outputs and last states."""

    def __init__(self, pick, kind=nn.LSTM):
        super().__init__()
        self.recurrent = kind(3, 4, batch_first=True, bidirectional=True)
        self.dense, self.pick = nn.Linear(8, 2), pick

    def forward(self, x):
        """Return the dense layer's output."""
        y, last = self.recurrent(x)
        return self.dense(self.pick(y, last[0] if isinstance(last, tuple) else last))


class Decoded(Both):
    """As `Both`, with another recurrent layer that reads the same in every step."""

    def __init__(self, pick):
        super().__init__(pick, nn.GRU)
        self.decoder = nn.GRU(8, 5, batch_first=True)

    def forward(self, x):
        """Return the decoder's outputs."""
        y, last = self.recurrent(x)
        return self.decoder(self.pick(y, last)[:, None].repeat(1, x.shape[1], 1))[0]


class OwnCell(nn.Module):
    """A GRU with the reset before the product, which PyTorch does not have, as a loop."""

    def __init__(self):
        super().__init__()
        self.kernel = nn.Linear(2, 18)
        self.recurrent = nn.Linear(6, 12, bias=False)
        self.candidate = nn.Linear(6, 6, bias=False)
        self.dense = nn.Linear(6, 3)

    def forward(self, x):
        """Return a sequence of outputs."""
        h = torch.zeros(x.shape[1], 6)
        ys = []
        for t in range(x.shape[0]):
            a, u = self.kernel(x[t]), self.recurrent(h)
            z = torch.sigmoid(a[:, :6] + u[:, :6])
            r = torch.sigmoid(a[:, 6:12] + u[:, 6:])
            c = torch.tanh(a[:, 12:] + self.candidate(r * h))
            h = z * h + (1 - z) * c
            ys.append(self.dense(h))
        return torch.stack(ys)


class Cell(nn.Module):
    """One step of a GRU with the reset before the product."""

    def __init__(self, inputs, units):
        super().__init__()
        self.units = units
        self.kernel = nn.Linear(inputs, 3 * units)
        self.recurrent = nn.Linear(units, 2 * units, bias=False)
        self.candidate = nn.Linear(units, units, bias=False)

    def forward(self, x, h):
        """Return the new state."""
        a = self.kernel(x)
        gates = torch.sigmoid(a[:, : 2 * self.units] + self.recurrent(h))
        z, r = gates.chunk(2, 1)
        return z * h + (1 - z) * torch.tanh(a[:, 2 * self.units :] + self.candidate(r * h))


class OwnLayers(nn.Module):
    """The published form in Python: two layers in each step, and a decoder without input."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleList([Cell(1, 4), Cell(4, 4)])
        self.decoder = nn.ModuleList([Cell(1, 4), Cell(4, 4)])
        self.dense = nn.Linear(4, 3)

    def forward(self, x):
        """Return a sequence of outputs."""
        states, ys = [torch.zeros(x.shape[0], 4)] * 2, []
        for t in range(x.shape[1]):
            self.step(self.encoder, x[:, t], states)
        for _ in range(x.shape[1]):
            ys.append(self.dense(self.step(self.decoder, torch.zeros(x.shape[0], 1), states)))
        return torch.stack(ys, 1)

    def step(self, cells, value, states):
        """Advance all layers; return what the last one gives out."""
        for layer, cell in enumerate(cells):
            value = states[layer] = cell(value, states[layer])
        return value


class OwnLSTM(nn.Module):
    """Two LSTM cells of PyTorch's, step by step."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LSTMCell(2, 4), nn.LSTMCell(4, 3)

    def forward(self, x):
        """Return the second layer's states."""
        first = torch.zeros(x.shape[1], 4), torch.zeros(x.shape[1], 4)
        second = torch.zeros(x.shape[1], 3), torch.zeros(x.shape[1], 3)
        ys = []
        for t in range(x.shape[0]):
            first = self.first(x[t], first)
            second = self.second(first[0], second)
            ys.append(second[0])
        return torch.stack(ys)


BOTH = {0: "batch", 1: "steps"}
MODELS = {
    "torch, gru": lambda: exported(nn.GRU(3, 4), (7, 1, 3), dynamic={0: "steps"}),
    "torch, gru, initial states": lambda: exported(
        nn.GRU(3, 4, 2), (7, 2, 3), (2, 2, 4), names=("x", "h0")
    ),
    "torch, gru, stacked, bidirectional": lambda: exported(
        nn.GRU(3, 4, 2, batch_first=True, bidirectional=True), (1, 7, 3)
    ),
    "torch, lstm, stacked": lambda: exported(nn.LSTM(3, 4, 2), (7, 1, 3)),
    "torch, rnn to one": lambda: exported(ToOne(), (7, 1, 2)),
    "torch, encoder and decoder": lambda: exported(EncoderDecoder(), (1, 7, 1), dynamic=BOTH),
    "torch, repeated vector": lambda: exported(Repeated(), (1, 7, 2), dynamic=BOTH),
    "torch, own cell in a loop": lambda: exported(
        OwnCell(), (7, 1, 2), dynamic={0: "steps"}, script=True
    ),
    "torch, own cell unrolled": lambda: exported(OwnCell(), (7, 1, 2)),
    "torch, own layers unrolled": lambda: exported(OwnLayers(), (1, 5, 1)),
    "torch, own lstm unrolled": lambda: exported(OwnLSTM(), (6, 1, 2)),
}
