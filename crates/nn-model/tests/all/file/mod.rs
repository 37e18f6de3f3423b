mod checkpoints;
mod crash;
mod damage;
mod model;
mod versions;
