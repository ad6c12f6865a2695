"""STOMP's ts_eft as a file: the queue in order, each task where it finishes first."""

from stomp import BaseSchedulingPolicy

WINDOW = 10


class SchedulingPolicy(BaseSchedulingPolicy):
    """Tasks of the window that wait reserve their servers against those behind them."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers."""
        self.servers = servers
        self.simulation = stomp_params["simulation"]

    def assign_task_to_server(self, sim_time, tasks, dags_dropped, stomp_obj):
        """Start the first task of the window whose best server is free."""
        for task in [task for task in tasks if dags_dropped.contains(task.dag_id)]:
            tasks.remove(task)
        window = tasks[:WINDOW]
        for place, task in enumerate(window):
            finish = [
                self.finish(sim_time, task, server, window[:place]) for server in self.servers
            ]
            index = finish.index(min(finish))
            server = self.servers[index]
            if not server.busy:
                tasks.remove(task)
                if task.priority > 1:
                    stomp_obj.num_critical_tasks -= 1
                task.ptoks_used = task.power_dict[server.type]
                server.assign_task(sim_time, task)
                return server
            task.possible_server_idx = index
        return None

    def finish(self, sim_time, task, server, before):
        """Return when a task would finish on a server after those before it that wait for it."""
        if server.type not in task.mean_service_time_dict:
            return float("inf")
        wait = 0
        if server.busy:
            index = self.servers.index(server)
            wait = server.curr_job_end_time - sim_time
            wait += sum(
                other.mean_service_time_dict[server.type]
                for other in before
                if other.possible_server_idx == index
            )
        return wait + task.mean_service_time_dict[server.type]

    def remove_task_from_server(self, sim_time, server):
        """Count what it finished."""
        assert server.stats["Tasks Serviced per Type"][server.task.type] >= 1

    def output_final_stats(self, sim_time):
        """Do nothing."""
