//! The graph check at compile time: functions that the macros call inside a `const`.
