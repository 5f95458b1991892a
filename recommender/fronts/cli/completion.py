"""The verb that teaches a shell to complete `recommend`: completion."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete verbs and options when Tab is pressed.

    \b
    eval "$(recommend completion bash)"         in ~/.bashrc
    eval "$(recommend completion zsh)"          in ~/.zshrc, behind compinit
    recommend completion fish > ~/.config/fish/completions/recommend.fish
    """
    from click.shell_completion import get_completion_class

    root = context.find_root()
    kind = get_completion_class(shell)
    if kind is not None:
        script = kind(root.command, {}, "recommend", "_RECOMMEND_COMPLETE").source()
        click.echo(script.rstrip("\n"))  # a program, not text of anybody's: it goes out as it is
