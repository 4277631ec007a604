"""``smppproxy model``: what the text model is, how well it does, and how to make another."""

from __future__ import annotations

import json
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from filters.text import manifest as manifests
from filters.text.filter import TextFilter, TextSettings
from filters.text.manifest import ModelError
from smppproxy.cli import model_feedback, model_trial
from smppproxy.cli.options import ConfigFile
from smppproxy.cli.registry import Why, print_json, telling, who, write_text
from smppproxy.cli.steps import steps, stoppable

if TYPE_CHECKING:
    from models.recipe.datasets import Dataset

app = typer.Typer(no_args_is_help=True, help="The text model: what it is, how well it does, how to make another.")

#: Exit codes, as everywhere in the program.
FAILED, WRONG_USAGE = 1, 2

ModelPath = Annotated[str, typer.Option("--model", metavar="DIR", help='Model directory; "" is the shipped one.')]
DataFiles = Annotated[
    list[Path],
    typer.Option(
        "--data",
        metavar="FILE",
        help="Labelled texts: .tsv or .csv (maybe .gz) with columns label, text and maybe lang, category; may be "
        "repeated.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _fail(message: str, code: int = FAILED) -> typer.Exit:
    typer.echo(f"smppproxy model: {message}", err=True)
    return typer.Exit(code)


@app.command()
def info(
    model: ModelPath = "",
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Tell which model this configuration's proxy uses, the one before it, and what each worker uses.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a model is, after loading and testing it."""
    told = None
    with telling("model", as_json):
        if config is not None:
            from smppproxy.cli import model_source, model_use

            told, model = model_use.status(config), model or model_source.model_of(config)
    if told is not None and not as_json:
        model_use.print_status(told)
        typer.echo()
    try:
        judge = TextFilter(TextSettings(model=model))
        manifest = manifests.read(judge.judge_model.directory)
    except ModelError as error:
        raise _fail(str(error)) from None
    if as_json:
        import msgspec

        described: dict[str, Any] = msgspec.to_builtins(manifest)
        typer.echo(json.dumps(described if told is None else described | {"in_use": told}, ensure_ascii=False))
        return
    typer.echo(f"model       {manifest.name} {manifest.sha256[:12]}")
    typer.echo(f"directory   {judge.judge_model.directory}")
    typer.echo(f"made        {manifest.created}, seed {manifest.seed}")
    typer.echo(f"normaliser  version {manifest.normaliser}")
    typer.echo(f"enforced on {', '.join(manifest.scripts)} script")
    words = judge.judge_model.words
    typer.echo(
        f"words       {len(words)} known"
        if words is not None
        else "words       not told: n-grams alone say if a language is known"
    )
    typer.echo("thresholds  " + ", ".join(f"{name} {value:.3f}" for name, value in manifest.thresholds.items()))
    typer.echo(f"kinds       {', '.join(manifest.kinds) or 'none: the model tells classes alone'}")
    for dataset in manifest.data:
        typer.echo(f"data        {dataset['name']}, {dataset['rows']} rows, sha256 {dataset['sha256'][:12]}")


@app.command()
def use(
    config: ConfigFile,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of the model, as `train` writes it.")
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="The model that comes with the program.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="The model that was in use before.")] = False,
    protected: model_trial.Protected = None,
    force: model_trial.Force = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Change the model a proxy judges by, while it runs or for its next start; no message is lost or kept waiting.

    The model is tested first and copied into the state directory; the one before is kept for `--rollback`. DIR is
    refused where it is worse than the one in use on any protected set: feedback, generated texts, files of yours.
    """
    if (folder is not None) + shipped + rollback != 1:
        raise _fail("expected one of DIR, --shipped and --rollback.", WRONG_USAGE)
    from smppproxy.cli import model_use
    from smppproxy.state.errors import StateError

    with telling("model", as_json):
        try:
            with steps() as progress:
                answer = model_use.use(config, folder, rollback, who(), why, protected or (), force, progress)
        except ModelError as error:
            raise StateError(f"{error} Nothing was changed.") from None
    if as_json:
        print_json(answer)
    else:
        model_use.print_use(config, answer)
    if any(worker["error"] for worker in answer.get("workers", ())):
        raise typer.Exit(FAILED)


app.command()(model_trial.shadow)
app.command()(model_trial.canary)
app.add_typer(model_feedback.app, name="feedback")


@app.command("eval")
def evaluate(
    data: DataFiles,
    model: ModelPath = "",
    evasion: Annotated[bool, typer.Option("--evasion", help="Also disguise the texts by every operator.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write a report with tables and pictures.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a model on labelled texts: recall, false positives, calibration, per set."""
    from models.recipe.evaluate import Judged, figures, judge_dataset, measure_evasion
    from models.recipe.measure import finite

    datasets = _datasets(data)
    if html is not None and not html.absolute().parent.is_dir():  # told before the work, not behind it
        raise _fail(f"{html}: there is no folder {html.parent}.", WRONG_USAGE)
    try:
        judge = TextFilter(TextSettings(model=model, memo=0))
    except ModelError as error:
        raise _fail(str(error)) from None
    results: dict[str, Any] = {}
    judged: list[Judged] = []
    with steps() as report:
        for dataset in datasets:
            judged.append(judge_dataset(judge, dataset, partial(report, dataset.name)))
            results[dataset.name] = figures(judged[-1])
            if evasion:
                results[dataset.name]["evasion"] = measure_evasion(judge, dataset)
    if as_json:
        typer.echo(json.dumps(finite(results), ensure_ascii=False, allow_nan=False))
    else:
        from models.recipe.report_text import lines

        for name, result in results.items():
            for line in lines(name, result):
                typer.echo(line)
    if html is not None:
        from models.recipe.report import page

        given = [*(["--model", model] if model else []), *(["--evasion"] if evasion else [])]
        parts = ["smppproxy model eval", *(shlex.join(["--data", str(file)]) for file in data), shlex.join(given)]
        command = " \\\n    ".join(filter(None, parts))
        sets = [(each, results[each.name]) for each in judged]
        with telling("model", as_json):
            write_text(page(judge.judge_model.manifest, sets, command), html)


@app.command()
def holdout(
    data: DataFiles,
    out: Annotated[
        list[str],
        typer.Option(
            "--without",
            metavar="NAMES",
            help="Sets to leave out, by name; a+b leaves two out together, lang:id a language; may be repeated.",
        ),
    ],
    shipped: Annotated[
        bool, typer.Option("--shipped/--no-shipped", help="Add the generated corpus of the recipe.")
    ] = True,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the data.")] = 3,
    processes: Annotated[int, typer.Option(min=1, help="Processes that normalise, and then threads that train.")] = 2,
) -> None:
    """Train without some sets and measure on them: what to expect of texts from an unseen source. Prints JSON."""
    try:
        from models.recipe import fit
        from models.recipe import train as recipe
        from models.recipe.datasets import DataError
        from models.recipe.generate import corpus
        from models.recipe.holdout import leave_out
        from models.recipe.measure import finite
        from models.recipe.prepare import build
    except ImportError as error:
        raise _fail(str(error)) from None
    options = recipe.Options(fit=fit.Settings(epochs=epochs), processes=processes)
    datasets = _datasets(data)
    known = {name for dataset in datasets for row in dataset.rows for name in (row.source, f"lang:{row.lang}")}
    if shipped:
        known |= {f"{what}{lang}" for what in ("generated_", "lang:") for lang in corpus.LANGUAGES}
    known.discard("lang:")  # of texts whose set does not say
    if unknown := {name for names in out for name in names.split("+")} - known:
        raise _fail(
            f"--without names {', '.join(sorted(unknown))}; the sets are {', '.join(sorted(known))}.", WRONG_USAGE
        )
    figures = {}
    with stoppable("model holdout"), steps() as report:
        if shipped:
            datasets.append(recipe.generated(options, report))
        rows = [row for dataset in datasets for row in dataset.rows]
        material = build(rows, 1, options.disguised, options.foreign, processes, partial(report, "normalise"))
        for number, names in enumerate(out, 1):
            try:
                figures[names] = leave_out(material, frozenset(names.split("+")), options)
            except DataError as error:
                raise _fail(str(error)) from None
            report("leave out", number, len(out))
    typer.echo(json.dumps(finite(figures), ensure_ascii=False, indent=1, allow_nan=False))


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Directory to write the model to.")],
    data: DataFiles = [],  # noqa: B006 - typer reads the default, nothing changes it
    shipped: Annotated[
        bool, typer.Option("--shipped/--no-shipped", help="Add the generated corpus of the recipe.")
    ] = True,
    feedback: Annotated[
        Path | None,
        typer.Option(
            "--feedback", metavar="FILE", help="Also the verdicts in force of `feedback import`, of this configuration."
        ),
    ] = None,
    feedback_weight: Annotated[
        float, typer.Option("--feedback-weight", min=0.1, max=100.0, help="How much such a text counts; others 1.")
    ] = 5.0,
    seed: Annotated[int, typer.Option(help="The same seed, data and versions give the same model.")] = 1,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the data.")] = 3,
    texts: Annotated[int, typer.Option(min=1, help="Texts generated from each template.")] = 80,
    processes: Annotated[int, typer.Option(min=1, help="Processes that normalise, and then threads that train.")] = 2,
) -> None:
    """Train a model on labelled texts and on the generated corpus."""
    if not data and not shipped and feedback is None:
        raise _fail("nothing to train on: give --data FILE, --feedback FILE or --shipped.", WRONG_USAGE)
    try:
        from models.recipe import fit, output
        from models.recipe import train as recipe
        from models.recipe.datasets import DataError
    except ImportError as error:
        raise _fail(str(error)) from None
    options = recipe.Options(
        fit=fit.Settings(seed=seed, epochs=epochs),
        per_template_ham=texts,
        per_template_spam=texts + texts // 4,
        processes=processes,
    )
    datasets = _datasets(data)
    if feedback is not None:
        with telling("model", as_json=False):
            datasets.insert(0, model_feedback.dataset(feedback, weight=feedback_weight))
    try:
        output.prepare(out)  # told before the work, not behind it
        with stoppable("model train"), steps() as report:
            if shipped:
                datasets.append(recipe.generated(options, report))
            manifest = recipe.train(datasets, out, options, report)
        TextFilter(TextSettings(model=str(out)))
    except DataError as error:
        raise _fail(str(error), WRONG_USAGE) from None
    except OSError as error:
        raise _fail(f"{error.filename or out}: cannot be written: {error.strerror}. No model was made.") from None
    except ModelError as error:
        raise _fail(f"the trained model does not load: {error}") from None
    typer.echo(f"{out}: {manifest['name']} {manifest['sha256'][:12]}, {sum(d['rows'] for d in manifest['data'])} texts")
    typer.echo("thresholds " + ", ".join(f"{name} {value:.3f}" for name, value in manifest["thresholds"].items()))


def _datasets(files: list[Path]) -> list[Dataset]:
    from models.recipe.datasets import DataError, read_all

    try:
        return read_all(files)
    except DataError as error:
        raise _fail(str(error), WRONG_USAGE) from None
