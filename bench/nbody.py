"""The n-body simulation of the benchmarks game: floats, lists and tuples."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


from itertools import combinations

DAYS, PI = 365.24, 3.14159265358979323
SUN_MASS = 4 * PI * PI
BODIES = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], SUN_MASS),
    ([4.84143144246472090, -1.16032004402742839, -0.103622044471123109],
     [0.00166007664274403694 * DAYS, 0.00769901118419740425 * DAYS, -0.0000690460016972063023 * DAYS],
     0.000954791938424326609 * SUN_MASS),
    ([8.34336671824457987, 4.12479856412430479, -0.403523417114321381],
     [-0.00276742510726411 * DAYS, 0.00499852801234917238 * DAYS, 0.0000230417297573763929 * DAYS],
     0.000285885980666130812 * SUN_MASS),
    ([12.8943695621391310, -15.1111514016986312, -0.223307578892655734],
     [0.00296460137564761618 * DAYS, 0.00237847173959480950 * DAYS, -0.0000296589568540237556 * DAYS],
     0.0000436624404335156298 * SUN_MASS),
    ([15.3796971148509165, -25.9193146099879641, 0.179258772950371181],
     [0.00268067772490389322 * DAYS, 0.00162824170038242295 * DAYS, -0.0000951592254519715870 * DAYS],
     0.0000515138902046611451 * SUN_MASS),
]


def advance(dt, steps, bodies, pairs):
    for _ in range(steps):
        for ((x1, y1, z1), v1, m1), ((x2, y2, z2), v2, m2) in pairs:
            dx, dy, dz = x1 - x2, y1 - y2, z1 - z2
            force = dt * (dx * dx + dy * dy + dz * dz) ** -1.5
            b1, b2 = m2 * force, m1 * force
            v1[0] -= dx * b1
            v1[1] -= dy * b1
            v1[2] -= dz * b1
            v2[0] += dx * b2
            v2[1] += dy * b2
            v2[2] += dz * b2
        for position, (vx, vy, vz), _mass in bodies:
            position[0] += dt * vx
            position[1] += dt * vy
            position[2] += dt * vz


def energy(bodies, pairs):
    total = 0.0
    for ((x1, y1, z1), _, m1), ((x2, y2, z2), _, m2) in pairs:
        total -= m1 * m2 / ((x1 - x2) ** 2 + (y1 - y2) ** 2 + (z1 - z2) ** 2) ** 0.5
    for _, (vx, vy, vz), mass in bodies:
        total += mass * (vx * vx + vy * vy + vz * vz) / 2.0
    return total


def main(steps):
    pairs = list(combinations(BODIES, 2))
    momentum = [sum(v[axis] * m for _, v, m in BODIES) for axis in range(3)]
    BODIES[0][1][:] = [-p / SUN_MASS for p in momentum]
    print(f"{energy(BODIES, pairs):.9f}")
    advance(0.01, steps, BODIES, pairs)
    print(f"{energy(BODIES, pairs):.9f}")


main(3200 * SHARE)
