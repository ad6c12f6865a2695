"""The operators GRU, LSTM and RNN: their parameters, one step, and the whole sequence."""
