"""A training that is stopped and goes on.

From any of its states a run ends in the same weights, to the bit, as one that was never stopped: here the state of
step 200 is kept, and the run from there is drawn over the whole one.
"""

from latentgeo.generative import IWAE, TrainingResult, TrainingSettings, TrainingState, fit

recipe = TrainingSettings(steps=400, batch=100, learning_rate=4e-3, samples=[(0, 1)], checkpoint_seconds=1e-9)
kept: list[TrainingState] = []


def trained(resume: TrainingState | None = None) -> TrainingResult:
    def keep(state: TrainingState) -> None:
        if state.record["step"] == 200:
            kept.append(state)

    own = IWAE(64, 2, (64,), initialisation="torch", gain=5, generator=torch.Generator().manual_seed(1))
    return fit(own, x[:1500], x[1500:], recipe, torch.Generator().manual_seed(2), resume=resume, on_checkpoint=keep)


for run, width in ((trained(), 5), (trained(kept[0]), 1.5)):
    steps = [row["step"] for row in run.history]
    plt.plot(steps, [row["bound_valid"] for row in run.history], linewidth=width, label=f"best at step {run.best_step}")
plt.gca().set(xlabel="step", ylabel="bound on the log-likelihood, nats an image")
plt.legend()
