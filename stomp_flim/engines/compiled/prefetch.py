"""Telling the processor what will be read soon."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from stomp_flim.engines.compiled.compilation import instruction


@instruction
def prefetch(typing_context: Any, column: Any, index: Any) -> Any:
    """Fetch an item of a one-dimensional array into the cache, to be written, without waiting."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte = ir.IntType(8).as_pointer()
        address = builder.bitcast(builder.gep(array.data, [arguments[1]]), byte)
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        insert: Any = cgutils.get_or_insert_function  # which declares no types
        call = insert(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(call, [address, word(1), word(3), word(1)])  # to write, keep, data

    return types.void(column, types.uint64), generate
