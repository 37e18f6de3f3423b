mod checkpoints;
mod crash;
mod damage;
mod model;
mod others;
mod versions;
