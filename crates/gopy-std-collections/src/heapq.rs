//! `_heapq`.
//!
//! Answers to `Modules/_heapqmodule.c`: sifting with the bounce to the leaves, for both orders.

use gopy_core::error::{index_error, runtime_error, type_error};
use gopy_core::list::List;
use gopy_core::object;
use gopy_macros::pymodule;
use gopy_object::typeobj::CompareOp;
use gopy_object::{Instance, Object, PyResult};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Min,
    Max,
}

impl Order {
    /// Whether `a` belongs above `b`.
    fn above(self, a: &Object, b: &Object) -> PyResult<bool> {
        match self {
            Order::Min => object::compare_bool(a, b, CompareOp::Lt),
            Order::Max => object::compare_bool(b, a, CompareOp::Lt),
        }
    }
}

fn item(heap: &List, index: usize) -> PyResult {
    heap.get(index).ok_or_else(|| index_error!("index out of range"))
}

fn swap(heap: &List, a: usize, b: usize) -> PyResult<()> {
    let (x, y) = (item(heap, a)?, item(heap, b)?);
    drop(heap.replace(a, y));
    drop(heap.replace(b, x));
    Ok(())
}

/// A comparison: the heap must have kept its size.
fn compare(heap: &List, size: usize, order: Order, a: usize, b: usize) -> PyResult<bool> {
    let (x, y) = (item(heap, a)?, item(heap, b)?);
    let answer = order.above(&x, &y)?;
    if heap.len() != size {
        return Err(runtime_error!("list changed size during iteration"));
    }
    Ok(answer)
}

fn sift_down(heap: &List, start: usize, mut position: usize, order: Order) -> PyResult<()> {
    let size = heap.len();
    if position >= size {
        return Err(index_error!("index out of range"));
    }
    while position > start {
        let parent = (position - 1) / 2;
        if !compare(heap, size, order, position, parent)? {
            break;
        }
        swap(heap, position, parent)?;
        position = parent;
    }
    Ok(())
}

fn sift_up(heap: &List, mut position: usize, order: Order) -> PyResult<()> {
    let size = heap.len();
    let start = position;
    if position >= size {
        return Err(index_error!("index out of range"));
    }
    let limit = size / 2;
    while position < limit {
        let mut child = 2 * position + 1;
        if child + 1 < size && !compare(heap, size, order, child, child + 1)? {
            child += 1;
        }
        swap(heap, child, position)?;
        position = child;
    }
    sift_down(heap, start, position, order)
}

fn push(heap: &List, item: &Object, order: Order) -> PyResult<()> {
    heap.push(item.to_ref())?;
    sift_down(heap, 0, heap.len() - 1, order)
}

fn pop(heap: &List, order: Order) -> PyResult {
    let Some(last) = heap.pop() else { return Err(index_error!("index out of range")) };
    if heap.is_empty() {
        return Ok(last);
    }
    let top = heap.replace(0, last);
    sift_up(heap, 0, order)?;
    Ok(top)
}

fn replace(heap: &List, item: &Object, order: Order) -> PyResult {
    if heap.is_empty() {
        return Err(index_error!("index out of range"));
    }
    let top = heap.replace(0, item.to_ref());
    sift_up(heap, 0, order)?;
    Ok(top)
}

fn push_pop(heap: &List, new: &Object, order: Order) -> PyResult {
    let Some(top) = heap.get(0) else { return Ok(new.to_ref()) };
    if !order.above(&top, new)? {
        return Ok(new.to_ref());
    }
    if heap.is_empty() {
        return Err(index_error!("index out of range"));
    }
    let top = heap.replace(0, new.to_ref());
    sift_up(heap, 0, order)?;
    Ok(top)
}

/// The highest bit of `n` alone.
fn keep_top_bit(n: usize) -> usize {
    if n == 0 { 0 } else { 1 << n.ilog2() }
}

fn heapify_list(heap: &List, order: Order) -> PyResult<()> {
    let size = heap.len();
    if size > 2500 {
        return heapify_by_cache(heap, order);
    }
    for index in (0..size / 2).rev() {
        sift_up(heap, index, order)?;
    }
    Ok(())
}

/// Goes up from each parent of a leaf as soon as its subtree is complete, while it is in the cache.
fn heapify_by_cache(heap: &List, order: Order) -> PyResult<()> {
    let m = heap.len() / 2;
    let leftmost = keep_top_bit(m + 1) - 1;
    let mhalf = m / 2;
    for start in (mhalf..leftmost).rev() {
        sift_chain(heap, start, order)?;
    }
    for start in (leftmost..m).rev() {
        sift_chain(heap, start, order)?;
    }
    Ok(())
}

fn sift_chain(heap: &List, start: usize, order: Order) -> PyResult<()> {
    let mut index = start;
    loop {
        sift_up(heap, index, order)?;
        if index & 1 == 0 {
            return Ok(());
        }
        index >>= 1;
    }
}

/// The list that a function's first argument must be.
fn heap_of<'a>(o: &'a Object, function: &str, position: &str) -> PyResult<&'a List> {
    o.downcast::<List>().ok_or_else(|| {
        type_error!(
            "{function}() argument {position}must be list, not {}",
            object::type_name_or_none(o)
        )
    })
}

/// The module.
#[pymodule(name = "_heapq")]
mod native {
    use super::*;

    #[pyfunction("($module, heap, item, /)")]
    fn heappush(heap: &Object, item: &Object) -> PyResult<()> {
        push(heap_of(heap, "heappush", "1 ")?, item, Order::Min)
    }

    #[pyfunction("($module, heap, item, /)")]
    fn heappushpop(heap: &Object, item: &Object) -> PyResult {
        push_pop(heap_of(heap, "heappushpop", "1 ")?, item, Order::Min)
    }

    #[pyfunction("($module, heap, /)")]
    fn heappop(heap: &Object) -> PyResult {
        pop(heap_of(heap, "heappop", "")?, Order::Min)
    }

    #[pyfunction("($module, heap, item, /)")]
    fn heapreplace(heap: &Object, item: &Object) -> PyResult {
        replace(heap_of(heap, "heapreplace", "1 ")?, item, Order::Min)
    }

    #[pyfunction("($module, heap, /)")]
    fn heapify(heap: &Object) -> PyResult<()> {
        heapify_list(heap_of(heap, "heapify", "")?, Order::Min)
    }

    #[pyfunction("($module, heap, item, /)")]
    fn heappush_max(heap: &Object, item: &Object) -> PyResult<()> {
        push(heap_of(heap, "heappush_max", "1 ")?, item, Order::Max)
    }

    #[pyfunction("($module, heap, item, /)")]
    fn heappushpop_max(heap: &Object, item: &Object) -> PyResult {
        push_pop(heap_of(heap, "heappushpop_max", "1 ")?, item, Order::Max)
    }

    #[pyfunction("($module, heap, /)")]
    fn heappop_max(heap: &Object) -> PyResult {
        pop(heap_of(heap, "heappop_max", "")?, Order::Max)
    }

    #[pyfunction("($module, heap, item, /)")]
    fn heapreplace_max(heap: &Object, item: &Object) -> PyResult {
        replace(heap_of(heap, "heapreplace_max", "1 ")?, item, Order::Max)
    }

    #[pyfunction("($module, heap, /)")]
    fn heapify_max(heap: &Object) -> PyResult<()> {
        heapify_list(heap_of(heap, "heapify_max", "")?, Order::Max)
    }
}

pub use native::MODULE;
