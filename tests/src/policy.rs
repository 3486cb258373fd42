//! Policies and states, made as the package makes them.
