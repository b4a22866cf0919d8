// What is above an address in a slot never reaches a pointer: the row is taken out first.
#include "state/row/row.h"

namespace weir::state {

std::byte* ValuesIn(TaggedRow<MapRow> slot) {
#ifdef WRONG
  // error: conversion from .*TaggedRow<.*MapRow>. to .*MapRow
  const MapRow row = slot;
#else
  const MapRow row = slot.row();
#endif
  return row.bytes();
}

}  // namespace weir::state
