"""PyTorch, eager, with the loop that its users write: slices of a shuffled tensor, no DataLoader."""

import data
import torch
from torch import nn

BATCH = 32


def housing(hook=False):
    """8-30-1 regression; see `job.py` for what is returned."""
    training, validation = ([torch.from_numpy(part) for part in pair] for pair in data.housing())
    model = nn.Sequential(nn.Linear(8, 30), nn.ReLU(), nn.Linear(30, 1))
    if hook:
        return _trainer(model, nn.functional.mse_loss, training, None, hook=_Counter()), None

    def predict(rows):
        with torch.no_grad():
            return model(torch.from_numpy(rows)).numpy()

    return _trainer(model, nn.functional.mse_loss, training, validation), predict


def fashion():
    """784-300-100-10 classification; the softmax stands in the loss, as PyTorch has it."""
    training, validation = ((torch.from_numpy(x), torch.from_numpy(y).long()) for x, y in data.fashion())
    layers = (nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))
    return _trainer(nn.Sequential(*layers), nn.functional.cross_entropy, training, validation, accuracy=True), None


def cnn(batch_size, channels_last=False, compiled=False):
    """Classification by two convolutions and two dense layers; the softmax stands in the loss."""
    x, y = data.images()
    x, y = torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(y).long()
    layout = torch.channels_last if channels_last else torch.contiguous_format
    layers = (
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10)),
    )
    x, model = x.contiguous(memory_format=layout), nn.Sequential(*layers).to(memory_format=layout)
    if compiled:
        model = torch.compile(model)
    loss_function = nn.functional.cross_entropy

    @torch.inference_mode()
    def predict():
        model.eval()
        return torch.cat([model(rows).softmax(1) for rows in x.split(batch_size)]).numpy()

    @torch.inference_mode()
    def evaluate():
        model.eval()
        total, hits = torch.zeros(()), torch.zeros(())
        for inputs, targets in zip(x.split(batch_size), y.split(batch_size), strict=True):
            outputs = model(inputs)
            total += loss_function(outputs, targets) * len(inputs)
            hits += (outputs.argmax(1) == targets).sum()
        hits.item()
        return total.item() / len(x)

    train = _trainer(model, loss_function, (x, y), None, accuracy=True, batch_size=batch_size)
    return train, predict, evaluate


class _Counter:
    count = 0

    def __call__(self, loss):
        self.count += 1


def _trainer(model, loss_function, training, validation, accuracy=False, hook=None, batch_size=BATCH):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def train(epochs):
        for _ in range(epochs):
            loss = _epoch(model, loss_function, *training, optimizer, accuracy, hook, batch_size)
            if validation:
                loss = _evaluate(model, loss_function, *validation, accuracy)
        return loss

    return train


def _epoch(model, loss_function, x, y, optimizer, accuracy, hook, batch_size):
    model.train()
    total, hits = torch.zeros(()), torch.zeros(())
    for rows in torch.randperm(len(x)).split(batch_size):
        inputs, targets = x[rows], y[rows]
        outputs = model(inputs)
        loss = loss_function(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(rows)
        if accuracy:
            hits += (outputs.argmax(1) == targets).sum()
        if hook:
            hook(loss)
    return total.item() / len(x)


@torch.no_grad()
def _evaluate(model, loss_function, x, y, accuracy):
    model.eval()
    outputs = model(x)  # all rows at once: the fastest way, and they fit
    if accuracy:
        (outputs.argmax(1) == y).float().mean().item()
    return loss_function(outputs, y).item()
