"""The lessons in order: the one list that the README, `progress()` and the tests read."""

from dataclasses import dataclass
from pathlib import Path

CHAPTERS = {
    "0": "Start here",
    "1": "Fundamentals",
    "2": "Architecture",
    "3": "Supervised fine-tuning (SFT)",
    "4": "Learning from preferences (RLHF)",
    "5": "Quantization",
    "6": "Retrieval (RAG) and agents",
    "7": "Deployment",
}


@dataclass(frozen=True)
class Lesson:
    """One notebook: its number, its path inside the repository, its title, and its topic.

    topic: names the lesson's checks (`checks/<topic>/`) and its quiz (`quizzes/<topic>.toml`).
    minutes: what the lesson itself promises; None while it is planned.
    """

    number: str
    path: str
    title: str
    topic: str
    minutes: int | None = None

    @property
    def chapter(self):
        """The title of the chapter, for instance 'Architecture'."""
        return CHAPTERS[self.number[0]]

    @property
    def available(self):
        """Whether the lesson is written: its quiz is here. Quizzes travel with the package, notebooks do not."""
        return (Path(__file__).parent / "quizzes" / f"{self.topic}.toml").exists()


LESSONS = [
    Lesson("0", "course/0_start_here.ipynb", "Start here", "start", 30),
    Lesson("1.1", "course/1_fundamentals/1_math.ipynb", "Mathematics", "math"),
    Lesson("1.2", "course/1_fundamentals/2_python_for_ml.ipynb", "Python for machine learning", "python_for_ml"),
    Lesson("1.3", "course/1_fundamentals/3_neural_networks.ipynb", "Neural networks", "neural_networks", 100),
    Lesson("1.4", "course/1_fundamentals/4_nlp.ipynb", "Natural language processing", "nlp"),
    Lesson("2.1", "course/2_architecture/1_tokenization.ipynb", "Tokenization", "tokenization", 90),
    Lesson("2.2", "course/2_architecture/2_attention.ipynb", "Attention", "attention", 90),
    Lesson("2.3", "course/2_architecture/3_transformer.ipynb", "The transformer", "transformer", 120),
    Lesson("2.4", "course/2_architecture/4_decoding.ipynb", "Decoding", "decoding", 90),
    Lesson("2.5", "course/2_architecture/5_pretraining.ipynb", "Pretraining", "pretraining"),
    Lesson(
        "2.6",
        "course/2_architecture/6_long_context_and_moe.ipynb",
        "Long context and mixture of experts",
        "long_context_and_moe",
    ),
    Lesson("2.7", "course/2_architecture/7_multimodal.ipynb", "Multimodal models", "multimodal"),
    Lesson("2.8", "course/2_architecture/8_interpretability.ipynb", "Interpretability", "interpretability"),
    Lesson("3.1", "course/3_sft/1_instruction_data.ipynb", "Instruction data", "instruction_data", 100),
    Lesson("3.2", "course/3_sft/2_full_finetuning.ipynb", "Full fine-tuning", "full_finetuning"),
    Lesson("3.3", "course/3_sft/3_lora_and_qlora.ipynb", "LoRA and QLoRA", "lora_and_qlora", 90),
    Lesson("3.4", "course/3_sft/4_distillation.ipynb", "Distillation", "distillation"),
    Lesson("3.5", "course/3_sft/5_merging.ipynb", "Model merging", "merging"),
    Lesson("3.6", "course/3_sft/6_evaluation.ipynb", "Evaluation", "evaluation"),
    Lesson("4.1", "course/4_rlhf/1_reward_model.ipynb", "Reward models", "reward_model"),
    Lesson("4.2", "course/4_rlhf/2_ppo.ipynb", "PPO", "ppo"),
    Lesson("4.3", "course/4_rlhf/3_dpo.ipynb", "DPO", "dpo", 90),
    Lesson("4.4", "course/4_rlhf/4_grpo_and_reasoning.ipynb", "GRPO and reasoning", "grpo_and_reasoning"),
    Lesson("5.1", "course/5_quantization/1_number_formats.ipynb", "Number formats", "number_formats", 90),
    Lesson("5.2", "course/5_quantization/2_gptq_and_awq.ipynb", "GPTQ and AWQ", "gptq_and_awq"),
    Lesson("5.3", "course/5_quantization/3_gguf_and_llama_cpp.ipynb", "GGUF and llama.cpp", "gguf_and_llama_cpp", 90),
    Lesson("6.1", "course/6_rag/1_vector_store.ipynb", "Vector stores", "vector_store", 100),
    Lesson("6.2", "course/6_rag/2_rag.ipynb", "Retrieval-augmented generation", "rag", 100),
    Lesson("6.3", "course/6_rag/3_advanced_rag.ipynb", "Advanced retrieval", "advanced_rag"),
    Lesson("6.4", "course/6_rag/4_agents.ipynb", "Agents", "agents"),
    Lesson("7.1", "course/7_deployment/1_running_llms.ipynb", "Running models", "running_llms"),
    Lesson(
        "7.2",
        "course/7_deployment/2_inference_optimization.ipynb",
        "Inference optimization",
        "inference_optimization",
    ),
    Lesson("7.3", "course/7_deployment/3_serving.ipynb", "Serving", "serving", 100),
    Lesson("7.4", "course/7_deployment/4_security.ipynb", "Security", "security"),
]


def lesson(topic):
    """The lesson of a topic, or None where the topic is not on the map.

    >>> lesson("attention").number
    '2.2'
    """
    return next((each for each in LESSONS if each.topic == topic), None)
