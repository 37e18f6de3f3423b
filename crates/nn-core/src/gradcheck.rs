//! wip
/// wip
pub struct Dual;
