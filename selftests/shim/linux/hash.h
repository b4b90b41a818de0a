#ifndef SHIM_HASH_H
#define SHIM_HASH_H
#include "kernel.h"
static inline u32 hash_32(u32 val, unsigned int bits) { return val * 0x61C88647u >> (32 - bits); }
#endif
