"""An independent Modbus peer: one device with the registers of a TV7, by pymodbus.

Prints the port it listens on, once it does. Arguments: tcp or rtu (RTU frames through TCP).
"""

import asyncio
import struct
import sys

from pymodbus import FramerType
from pymodbus.datastore import (
    ModbusDeviceContext,
    ModbusSequentialDataBlock,
    ModbusServerContext,
)
from pymodbus.server import ModbusTcpServer

REGISTERS = 4000


def low_word_first(packed: bytes) -> list[int]:
    """The words of a big-endian number, the last one first."""
    words = struct.unpack(f">{len(packed) // 2}H", packed)
    return list(reversed(words))


def image() -> list[int]:
    """What the device says; what is not said here is zero, and NaN is not measured."""
    cells = [0] * REGISTERS
    said = {
        5: low_word_first(struct.pack(">I", 1234567)),
        3415: low_word_first(struct.pack(">d", 1234.5678)),
        3467: low_word_first(struct.pack(">d", 98.765)),
        3479: [4321],
        # month|day, hour|year, second|minute
        3540: [11 << 8 | 27, 13 << 8 | 26, 42 << 8 | 5],
        3543: low_word_first(struct.pack(">f", 24.84)),
        3545: low_word_first(struct.pack(">f", float("nan"))),
    }
    for address, words in said.items():
        cells[address : address + len(words)] = words
    return cells


async def main() -> None:
    """Serves until it is stopped."""
    framer = {"tcp": FramerType.SOCKET, "rtu": FramerType.RTU}[sys.argv[1]]
    # pymodbus shifts by one: address 0 of a request is cell 1 of the block.
    block = ModbusSequentialDataBlock(1, image())
    device = ModbusDeviceContext(hr=block)
    context = ModbusServerContext(devices={1: device}, single=False)
    server = ModbusTcpServer(context, framer=framer, address=("127.0.0.1", 0))
    await server.listen()
    port = server.transport.sockets[0].getsockname()[1]
    print(port, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
