"""What is learned: noise, clean data or velocity, with which weights, and what happens when the schedule is swapped?

    python -m labs.what_is_learned
    python -m labs.what_is_learned --set targets=eps,v --set steps=8000 --set hidden=96
    python -m labs.what_is_learned --set weights=vlb,min_snr --set gamma=1

Small networks learn eight modes in the plane, noised by DDPM's linear schedule, by least squares on one of these:
    eps,      x_0,      v = sqrt(abar) eps - sqrt(1 - abar) x_0              (Salimans & Ho 2022, arXiv 2202.00512)
The best answer to each is a conditional mean, and for this data it is known exactly. So the loss has a known floor that
is not zero, and what a network has above the floor is its own error. Measured in one unit, that of eps, it shows what
the target and the weights decide: not what is learned, but at which t it is learned well.
    simple   1                                             (Ho et al. 2020, arXiv 2006.11239, equation 14)
    vlb      beta / (2 (1 - beta) (1 - abar))              (there, equation 12, with sigma^2 = beta)
    min_snr  min(SNR, gamma) / SNR                         (arXiv 2303.09556), all as weights on the eps loss
Planted faults: the right network, sampled with another schedule, read as another target, or given its input unscaled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs.kit.spec import Choice, Knob, Lab, Prediction

if TYPE_CHECKING:
    from torch import Tensor

    from labs.common.learned import Networks
    from labs.common.mixture import Mixture
    from labs.kit.context import Context, Line

TARGETS, WEIGHTS = ("eps", "x0", "v"), ("vlb", "min_snr")
LAB = Lab(
    name="what_is_learned",
    title="What is learned",
    question="Does it matter whether a network predicts noise, clean data or v, and how its loss is weighted?",
    knobs=(
        Knob("targets", "choices", TARGETS, "what networks predict; eps always takes part", choices=TARGETS),
        Knob("weights", "choices", WEIGHTS, "weights of the eps loss besides simple", choices=WEIGHTS),
        Knob("gamma", "float", 5.0, "where Min-SNR clips", low=0.1, high=100),
        Knob("hidden", "int", 64, "width of the three hidden layers", low=8, high=256, gpu=128),
        Knob("steps", "int", 4000, "training steps, batches of 256", low=100, high=100_000, quick=800, gpu=10_000),
        Knob("points", "int", 1000, "points sampled with each seed", low=200, high=10_000, quick=400),
        Knob("calls", "numbers", (10, 50, 200), "sampling steps", low=2, high=1000, quick=(10, 50)),
    ),
    prediction=Prediction(
        prompt="Data are eight narrow clusters in the plane. The best network there can be predicts the noise in x_t. "
        "How large is its squared error for a value, mean over all t, if always answering 0 gives 1?",
        metric="floor of the eps loss",
        choices=(
            Choice("0, the best network finds the noise", -1, 0.001),
            Choice("about 0.01", 0.001, 0.05),
            Choice("about 0.15", 0.05, 0.4),
            Choice("about 1, noise cannot be predicted", 0.4, 2),
        ),
    ),
    seconds_cpu=30,
    seconds_quick=10,
    tolerances={
        "floor of the * loss": 1e-3,
        "excess, x0, *": 3.0,
        "excess, *": 0.06,
        "sampled to data, *": 0.05,
        "sampled, x0": 0.12,
        "sampled, v": 0.12,
        "sampled, vlb": 0.6,
        "sampled, *": 0.3,
        "to data, floor": 0.02,
        "* steps": 0.05,
    },
)
BATCH = 256
RATE, AWAY = 5e-3, 10.0
BANDS = ((1, 5), (6, 100), (101, 400), (401, 1000))
"""Steps t, first and last, over which a network's error is averaged."""
SHOWN = (1, 3, 10, 20, 35, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000)
"""Steps t at which losses are measured."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What a network is asked for, and how its squared error is weighted over t."""

    target: str
    weight: str = "simple"

    @property
    def name(self) -> str:
        """The target, or the weights where they are not simple: eps is then the target."""
        return self.target if self.weight == "simple" else self.weight


@dataclass(frozen=True, slots=True)
class Process:
    """The forward process in numbers, t = 1..T at index t - 1, and the data."""

    ring: Mixture
    beta: Tensor
    signal: Tensor
    noise: Tensor


def run(context: Context) -> None:
    """The experiment; see the module's first lines."""
    from labs.common import mixture, schedules

    beta = schedules.betas("linear", 1000)
    process = Process(mixture.ring_of_eight(), beta, schedules.signal(beta), schedules.noise(beta))
    asked = [Arm(target) for target in TARGETS if target == "eps" or target in context.chosen("targets")]
    arms = asked + [Arm("eps", weight) for weight in WEIGHTS if weight in context.chosen("weights")]
    context.progress(0, 120, "the exact floors")
    floors = {target: [floor(process, target, t) for t in SHOWN] for target in TARGETS}
    check_floors(context, process, floors)
    networks = learn(context, process, arms)
    context.progress(102, 120, "losses at every t")
    report_losses(context, process, arms, networks, floors)
    context.progress(106, 120, "where the errors lie")
    draw_errors(context, process, arms, networks)
    context.progress(110, 120, "sampling, right and with planted faults")
    sample_with_faults(context, process, arms, networks)
    context.progress(120, 120, "done")


def target_of(target: str, x0: Tensor, e: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
    """What a network of that target is to say for x_t = signal x_0 + noise e."""
    return {"eps": e, "x0": x0, "v": signal * e - noise * x0}[target]


def as_eps(target: str, output: Tensor, x: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
    """The same answer as a prediction of eps; -1 / noise times it is the score."""
    if target == "eps":
        return output
    return (x - signal * output) / noise if target == "x0" else signal * output + noise * x


def weight_of(weight: str, beta: Tensor, gamma: float) -> Tensor:
    """The weights [T] of the eps loss, scaled to mean 1; see the module's first lines."""
    from labs.common import schedules

    snr = schedules.log_snr(beta).exp()
    raw = {
        "simple": beta * 0 + 1,
        "vlb": beta / (2 * (1 - beta) * schedules.noise(beta) ** 2),
        "min_snr": snr.clamp(max=gamma) / snr,
    }[weight]
    return raw / raw.mean()


def floor(process: Process, target: str, t: int) -> float:
    """The least mean squared error for a value that any predictor of `target` can have at step t.

    An error of eps is one of x_0 times -noise / signal, and one of v times 1 / signal: all three lie on one line
    through x_t.
    """
    from labs.common import mixture

    signal, noise = float(process.signal[t - 1]), float(process.noise[t - 1])
    unit = {"eps": 1.0, "x0": (noise / signal) ** 2, "v": 1 / signal**2}[target]
    return mixture.least_error(process.ring, signal**2) * unit


def check_floors(context: Context, process: Process, floors: dict[str, list[float]]) -> None:
    """The floors' means over t and their known ends, and that exact answers of all targets are one score."""
    import torch

    steps = range(5, 1001, 10)
    for target in TARGETS:
        mean = sum(floor(process, target, t) for t in steps) / len(steps)
        context.metric(f"floor of the {target} loss", mean, "of a value, mean over t")
    # At t = 1 modes do not meet: the floor is one Gaussian's, sd^2 / (abar sd^2 + 1 - abar) for v.
    narrow, first = float(process.ring.sd[0]) ** 2, float(process.signal[0]) ** 2
    alone = narrow / (first * narrow + 1 - first)
    variance = process.ring.spread() ** 2 / 2
    context.check("floor of x0 at T, the variance of the data", variance, floors["x0"][-1], 1e-3)
    context.check("floor of v at T, the variance of the data", variance, floors["v"][-1], 1e-3)
    context.check("floor of v at t = 1, that of one mode alone", alone, floors["v"][0], 1e-4)
    worst = 0.0
    for t in (1, 100, 500, 1000):
        signal, noise = process.signal[t - 1], process.noise[t - 1]
        x = torch.randn(200, 2, generator=torch.Generator().manual_seed(context.seed), dtype=torch.float64)
        eps, x0 = process.ring.epsilon(x, float(signal) ** 2), process.ring.clean(x, float(signal), float(noise))
        for target in TARGETS:
            said = as_eps(target, target_of(target, x0, eps, signal, noise), x, signal, noise)
            worst = max(worst, float((said - eps).abs().max()))
    context.check("exact eps, x0 and v as one score, largest difference", 0.0, worst, 1e-9)


def learn(context: Context, process: Process, arms: list[Arm]) -> Networks:
    """Every arm with every seed, side by side; arms of one seed see the same batches. Returns the averaged weights."""
    import torch

    from labs.common import learned

    device, steps = context.device, context.integer("steps")
    networks = learned.Networks(context.seeds, len(arms), context.integer("hidden")).to(device)
    averages = networks.averages()
    generators = [torch.Generator().manual_seed(seed + 500) for seed in context.seeds]
    weights = torch.stack([weight_of(arm.weight, process.beta, context.number("gamma")) for arm in arms])

    def losses() -> Tensor:
        x0 = torch.stack([process.ring.sample(BATCH, g) for g in generators])  # [S, B, 2]
        e = torch.stack([torch.randn(BATCH, 2, generator=g, dtype=x0.dtype) for g in generators])
        index = torch.stack([torch.randint(1000, (BATCH,), generator=g) for g in generators])  # t - 1
        signal, noise = process.signal[index][..., None], process.noise[index][..., None]
        wanted = torch.cat([target_of(arm.target, x0, e, signal, noise) for arm in arms]).float().to(device)
        weight = weights[:, index].flatten(0, 1).float().to(device)  # [M, B]
        x = (signal * x0 + noise * e).float().to(device).repeat(len(arms), 1, 1)
        said: Tensor = networks(x, (index.float() / 1000).to(device).repeat(len(arms), 1))
        return ((said - wanted).square().mean(-1) * weight).mean(1)

    def tick(step: int) -> None:
        context.progress(1 + 100 * step // steps, 120, f"training {len(weights) * len(generators)} networks")

    learned.train(networks, averages, losses, steps, RATE, tick)
    context.note(
        f"Each of the {len(arms)} networks for each of {len(context.seeds)} seeds has {networks.parameters_each()} "
        f"parameters and saw {steps * BATCH} noised points. What a network has above the floor is undertraining: what "
        "that size and that training could not do. More of both would lower it; nothing lowers the floor."
    )
    return averages.cpu()


def said_as_eps(process: Process, arms: list[Arm], networks: Networks, x: Tensor, t: int) -> Tensor:
    """Every network's answer as eps, [A, S, N, 2], for x [A, S, N, 2], or [N, 2] for all, at step t."""
    import torch

    seeds = len(networks.biases[0]) // len(arms)
    x = x.expand(len(arms), seeds, *x.shape[-2:])
    level = torch.full(x.shape[:-1], (t - 1) / 1000).flatten(0, 1)
    with torch.no_grad():
        output = networks(x.flatten(0, 1).float(), level).double().unflatten(0, (len(arms), seeds))
    signal, noise = process.signal[t - 1], process.noise[t - 1]
    return torch.stack(
        [as_eps(arm.target, out, at, signal, noise) for arm, out, at in zip(arms, output, x, strict=True)]
    )


def report_losses(
    context: Context, process: Process, arms: list[Arm], networks: Networks, floors: dict[str, list[float]]
) -> None:
    """Loss against t in each target's own unit, and every arm's error against the exact eps in one unit.

    E|e - said|^2 = E|e - exact|^2 + E|exact - said|^2: losses are the exact floor plus the measured error, which drawn
    noise e would only hide.
    """
    import torch

    from labs.common import stats

    count = 4000
    generator = torch.Generator().manual_seed(context.seed + 77)
    loss: dict[str, list[list[float]]] = {target: [] for target in TARGETS}
    excess: dict[str, list[list[float]]] = {arm.name: [] for arm in arms}
    plain, strays = [], []
    for place, t in enumerate(SHOWN):
        signal, noise = process.signal[t - 1], process.noise[t - 1]
        x0, e = process.ring.sample(count, generator), torch.randn(count, 2, generator=generator, dtype=torch.float64)
        x = signal * x0 + noise * e
        exact, said = process.ring.epsilon(x, float(signal) ** 2), said_as_eps(process, arms, networks, x, t)
        unit = {"eps": 1.0, "x0": float(noise / signal) ** 2, "v": float(1 / signal) ** 2}
        missed = (e - exact).square().mean(1)
        plain.append(float(missed.mean()) - floors["eps"][place])
        strays.append(float(missed.std()) / count**0.5)
        for arm, outputs in zip(arms, said, strict=True):
            errors = [float((exact - output).square().mean()) for output in outputs]
            excess[arm.name].append(errors)
            if arm.weight == "simple":
                loss[arm.target].append([floors[arm.target][place] + unit[arm.target] * error for error in errors])
    for arm in (arm for arm in arms if arm.weight == "simple"):
        lines: list[Line] = [stats.line("networks", loss[arm.target]), ("exact floor", floors[arm.target])]
        context.series(f"loss_{arm.target}", f"Loss of {arm.target} against its floor", ("step t", SHOWN), "MSE", lines)
    curves = [stats.line(name, values, stats.POSITIVE) for name, values in excess.items()]
    context.series("excess", "Error above the floor", ("step t", SHOWN), "MSE in eps", curves, log_x=True, log_y=True)
    allowed = 4 * sum(stray**2 for stray in strays) ** 0.5 / len(strays)
    context.check("measured floor minus exact floor of eps, mean over t", 0.0, stats.mean(plain), allowed)
    context.note(
        f"Noise floor: {count} drawn points measure a loss at one t to {max(strays):.2g} at worst. The curves avoid "
        "that: they are the exact floor plus the error against the exact answer."
    )
    report_bands(context, excess)


def report_bands(context: Context, excess: dict[str, list[list[float]]]) -> None:
    """Each arm's error over every band of t, against that of eps with simple weights, seed by seed."""
    from labs.common import reporting, stats

    seeds = range(len(context.seeds))

    def of_band(name: str, low: int, high: int) -> list[float]:
        inside = [values for t, values in zip(SHOWN, excess[name], strict=True) if low <= t <= high]
        return [stats.mean([values[k] for values in inside]) for k in seeds]

    for name in excess:
        bounds = {}
        for low, high in BANDS:
            own, band = of_band(name, low, high), f"t {low}-{high}"
            reporting.positive(context, f"excess, {name}, {band}", own, "in eps")
            if name != "eps":
                ratio = [a / b for a, b in zip(own, of_band("eps", low, high), strict=True)]
                bounds[band] = stats.interval(ratio, stats.POSITIVE)
                context.metric(f"over eps, {name}, {band}", stats.mean(ratio), "times the excess", bounds[band])
        if bounds:
            nearer, farther = stats.sides(bounds, 1.0, "no t")
            context.note(
                f"Against eps with simple weights, by the intervals over seeds, {name} lies nearer to the floor at "
                f"{nearer} and farther from it at {farther}."
            )


def draw_errors(context: Context, process: Process, arms: list[Arm], networks: Networks) -> None:
    """Where in the plane each network's eps is off, weighted by the density of x_t, but at most by 1; first seed."""
    from labs.common import plane

    reach, tiles = 1.6, []
    x = plane.grid(reach)
    for arm_number, arm in enumerate(arms):
        for t in (20, 100, 300):
            exact = process.ring.epsilon(x, float(process.signal[t - 1]) ** 2)
            off = (said_as_eps(process, arms, networks, x, t)[arm_number, 0] - exact).norm(dim=1)
            density = process.ring.noised(float(process.signal[t - 1]) ** 2).log_density(x).exp()
            tiles.append((f"{arm.name}, t = {t}", plane.heights(off * density.clamp(max=1), 0.5)))
    context.pictures("errors", "Error of eps where x_t lies", 3, tiles)


def schedulers() -> dict[str, Any]:
    """Name -> scheduler for a network that predicts eps at DDPM's linear betas: the right one, then planted faults."""
    import diffusers

    from labs.common import samplers

    processes = {
        "right": samplers.DDPM_LINEAR,
        "SD betas": samplers.Process("scaled_linear", 0.00085, 0.012, "epsilon"),
        "cosine betas": samplers.Process("squaredcos_cap_v2", 1e-4, 0.02, "epsilon"),
        "eps read as v": samplers.Process("linear", 1e-4, 0.02, "v_prediction"),
    }
    made = {name: samplers.make("ddim", process) for name, process in processes.items()}
    # DDIM's own default betas are DDPM's. from_config leaves out what equals a default, and Heun's defaults are others.
    source = diffusers.DDIMScheduler(timestep_spacing="trailing", clip_sample=False)
    made["from_config"] = diffusers.HeunDiscreteScheduler.from_config(source.config)
    # Euler walks in x_t / sqrt(abar), and scale_model_input makes of it the x_t that a network knows.
    made["input not scaled"] = samplers.make("euler", samplers.DDPM_LINEAR)
    made["input not scaled"].scale_model_input = lambda x, _: x
    return made


def sample_with_faults(context: Context, process: Process, arms: list[Arm], networks: Networks) -> None:
    """Distance of end points to the exact solution from the same start, of every network and of every fault."""
    from labs.common import exact, plane, reporting, samplers, stats

    calls, made = context.counts("calls"), schedulers()
    truth = exact.prepare(context.seeds, context.integer("points"))
    reporting.positive(context, "to data, floor", truth.chance(context.seeds), "real against real")
    ends, _ = samplers.run(
        made["right"],
        lambda x, t: said_as_eps(process, arms, networks, x, t + 1),
        truth.starts.expand(len(arms), *truth.starts.shape),
        calls[-1],
        context.seed,
    )
    behind, of_eps = {}, truth.off(ends[0])  # arms[0] is eps with simple weights
    for arm, points in zip(arms, ends, strict=True):
        far, off = truth.far(points), truth.off(points)
        behind[arm.name] = stats.paired(off, of_eps)
        reporting.positive(context, f"sampled, {arm.name}", off, "RMSE to the exact flow")
        reporting.positive(context, f"sampled to data, {arm.name}", far, "sliced W1")
    nearer, farther = stats.sides(behind)
    context.note(
        f"Sampled in {calls[-1]} steps and held to eps with simple weights, seed by seed, nearer to the exact flow end "
        f"{nearer}, farther from it {farther}."
    )
    errors: dict[str, list[list[float]]] = {name: [] for name in made}
    tiles = [("data", plane.cloud(truth.data[0], 1.6))]
    for name, scheduler in made.items():
        for number in calls:
            points, _ = samplers.run(scheduler, truth.eps, truth.starts, number, context.seed)
            off = [min(value, AWAY) for value in truth.off(points)]
            errors[name].append(off)
            reporting.positive(context, f"{name}, {number} steps", off, f"RMSE, at most {AWAY:g}")
        tiles.append((name, plane.cloud(points[0], 1.6)))
    right = stats.mean(errors["right"][-1])
    ratios = [stats.mean(values[-1]) / right for name, values in errors.items() if name != "right"]
    for name, ratio in zip(list(made)[1:], ratios, strict=True):
        context.metric(f"{name}, times right", ratio, "times")
    lines = [stats.line(name, values, stats.POSITIVE) for name, values in errors.items()]
    context.series(
        "faults", "An exact eps, sampled with planted faults", ("steps", calls), "RMSE", lines, log_x=True, log_y=True
    )
    context.pictures("faults_seen", f"Exact eps, {calls[-1]} steps, planted faults", 4, tiles)
    context.note(
        "None of the faults raises an error; of an input not scaled diffusers warns. With a fault the error in "
        f"{calls[-1]} steps is {min(ratios):.3g} to {max(ratios):.3g} times the right scheduler's; above {AWAY:g} "
        f"it counts as {AWAY:g}: the points have flown away. In N steps Heun makes 2 N - 1 calls."
    )


if __name__ == "__main__":
    from labs.kit.run import main

    raise SystemExit(main(LAB, run))
