mod checkpoints;
mod crash;
mod damage;
mod forged;
mod model;
mod others;
mod versions;
