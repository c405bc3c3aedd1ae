//! Native modules of the operating system: posix, time, signals, threads, sockets, processes.
