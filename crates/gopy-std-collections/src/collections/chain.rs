//! The order of an `OrderedDict`'s keys: a doubly linked list in one block of memory.
//!
//! Answers to the nodes of `Objects/odictobject.c`.
//!
//! Keeps true: `places` says, by index into the dict's entries, which node stands for an entry, and is
//! right as long as `table` is the dict's table. Nothing here runs Python; keys that are let go are
//! handed out.

use gopy_core::dict::{Dict, Keys};
use gopy_core::error::memory_error;
use gopy_object::{PyResult, Ref, Visitor};

/// No node.
pub const NONE: u32 = u32::MAX;

struct Node {
    /// `None`: the node is free, and `next` the next free one.
    key: Option<Ref>,
    hash: isize,
    previous: u32,
    next: u32,
}

/// The list.
pub struct Chain {
    nodes: Vec<Node>,
    free: u32,
    first: u32,
    last: u32,
    places: Vec<u32>,
    table: Option<Keys>,
}

impl Chain {
    /// An empty list.
    pub fn new() -> Chain {
        Chain {
            nodes: Vec::new(),
            free: NONE,
            first: NONE,
            last: NONE,
            places: Vec::new(),
            table: None,
        }
    }

    /// The first or the last node.
    pub fn end(&self, last: bool) -> u32 {
        if last { self.last } else { self.first }
    }

    /// Number of places, as CPython's table has them.
    pub fn place_count(&self) -> usize {
        self.places.len()
    }

    /// The key of a node with its hash.
    pub fn key(&self, node: u32) -> Option<(&Ref, isize)> {
        let node = self.nodes.get(node as usize)?;
        Some((node.key.as_ref()?, node.hash))
    }

    /// The node behind, or before, a node.
    pub fn neighbour(&self, node: u32, backwards: bool) -> u32 {
        match self.nodes.get(node as usize) {
            Some(node) if backwards => node.previous,
            Some(node) => node.next,
            None => NONE,
        }
    }

    /// Whether the places belong to the dict's table of now.
    pub fn is_in_step(&self, dict: &Dict) -> bool {
        self.table == Some(dict.table())
    }

    /// Makes the places anew where the dict has got another table.
    pub fn keep_step(&mut self, dict: &Dict) -> PyResult<()> {
        if self.is_in_step(dict) {
            return Ok(());
        }
        let size = dict.table().size();
        self.places.clear();
        self.places.try_reserve_exact(size).map_err(|_| memory_error())?;
        self.places.resize(size, NONE);
        let mut node = self.first;
        while let Some((key, hash)) = self.key(node) {
            let place = dict.entry_index_of_same(key, hash);
            if let Some(place) = place.and_then(|place| self.places.get_mut(place)) {
                *place = node;
            }
            node = self.neighbour(node, false);
        }
        self.table = Some(dict.table());
        Ok(())
    }

    /// The node of an entry.
    pub fn at(&self, place: usize) -> u32 {
        self.places.get(place).copied().unwrap_or(NONE)
    }

    fn link(&mut self, node: u32, last: bool) {
        let end = self.end(last);
        let this = &mut self.nodes[node as usize];
        (this.previous, this.next) = if last { (end, NONE) } else { (NONE, end) };
        match self.nodes.get_mut(end as usize) {
            Some(neighbour) if last => neighbour.next = node,
            Some(neighbour) => neighbour.previous = node,
            // The only one.
            None => (self.first, self.last) = (node, node),
        }
        if last {
            self.last = node;
        } else {
            self.first = node;
        }
    }

    fn unlink(&mut self, node: u32) {
        let (previous, next) = {
            let node = &self.nodes[node as usize];
            (node.previous, node.next)
        };
        match self.nodes.get_mut(previous as usize) {
            Some(previous) => previous.next = next,
            None => self.first = next,
        }
        match self.nodes.get_mut(next as usize) {
            Some(next) => next.previous = previous,
            None => self.last = previous,
        }
    }

    /// Adds a key at the end, for the entry `place`.
    pub fn add(&mut self, key: Ref, hash: isize, place: usize) -> PyResult<()> {
        let node = match self.free {
            NONE => {
                let node = u32::try_from(self.nodes.len()).unwrap_or(NONE);
                if node == NONE || self.nodes.try_reserve(1).is_err() {
                    return Err(memory_error());
                }
                self.nodes.push(Node { key: None, hash, previous: NONE, next: NONE });
                node
            }
            node => {
                self.free = self.nodes[node as usize].next;
                node
            }
        };
        let this = &mut self.nodes[node as usize];
        (this.key, this.hash) = (Some(key), hash);
        self.link(node, true);
        if let Some(place) = self.places.get_mut(place) {
            *place = node;
        }
        Ok(())
    }

    /// Takes the node of the entry `place` out and hands its key out.
    pub fn remove(&mut self, node: u32, place: usize) -> Option<Ref> {
        let key = self.nodes.get_mut(node as usize)?.key.take()?;
        if let Some(place) = self.places.get_mut(place) {
            *place = NONE;
        }
        self.unlink(node);
        self.nodes[node as usize].next = self.free;
        self.free = node;
        Some(key)
    }

    /// Moves a node to an end; whether it was not there yet.
    pub fn move_to_end(&mut self, node: u32, last: bool) -> bool {
        if self.end(last) == node || self.key(node).is_none() {
            return false;
        }
        self.unlink(node);
        self.link(node, last);
        true
    }

    /// Visits the keys.
    pub fn visit_keys(&self, visit: &mut Visitor<'_>) {
        for key in self.nodes.iter().filter_map(|node| node.key.as_ref()) {
            visit(key);
        }
    }
}
