mod networks;
mod plan;
mod rust;
